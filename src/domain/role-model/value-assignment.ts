// Single values of an account that are not simply calculated: found different in the target, kept or refused by a person.
// Owns what becomes of each at a computation; what is left alone in a delta is delta.ts', listing and deciding reconciliation's.
import type { ExpectedResource, ScalarValue } from '../assignment.js';
import { isMapped, matches } from '../comparison.js';
import { type ResourceContent, sameScalar } from '../resource.js';
import type { WorkflowState } from '../workflow-state.js';

/** A row of value_assignment as the computation reads and writes it. */
export interface ValueAssignment {
  readonly property: string;
  /** Of a link; '' for a scalar. */
  readonly targetKey: string;
  readonly workflowState: WorkflowState;
  /** What is in the target; for a link its key. */
  readonly value: ScalarValue;
  /** What the rules wanted when it was found or decided; for a link its key, null = not linked. */
  readonly expected: ScalarValue;
}

export interface ValueQuestion {
  readonly stored: readonly ValueAssignment[];
  readonly expected: ExpectedResource;
  /** As last read; null = there is none to be read. */
  readonly observed: ResourceContent | null;
  /** What was expected before, of properties that are not being written: seen in the target, so another value is somebody's. */
  readonly seen: ExpectedResource['values'];
  /** Its first association, with a resource that was there before Joinery: other values are kept until a person decides. */
  readonly isPreExisting: boolean;
  /** Values changed in the target are overwritten: `discardManualAssignments`. */
  readonly discards: boolean;
}

/** Sorted by property, then target. */
export function valueAssignmentsOf(question: ValueQuestion): readonly ValueAssignment[] {
  const { stored, observed, expected } = question;
  const scalars = new Map(stored.filter(isScalar).map((row) => [row.property, row]));
  const names = new Set([...scalars.keys(), ...Object.keys(expected.values)]);
  const next = [...names].flatMap((property) => scalarOf(question, property, scalars.get(property) ?? null) ?? []);
  const links = stored.filter((row) => !isScalar(row) && holdsLink(row, expected, observed));
  return [...next, ...links].sort(byName);
}

const isScalar = ({ targetKey }: ValueAssignment): boolean => targetKey === '';

const byName = (a: ValueAssignment, b: ValueAssignment): number =>
  a.property < b.property ? -1 : a.property > b.property ? 1 : a.targetKey < b.targetKey ? -1 : 1;

/** Null: the value is as it should be, or simply to be written. */
function scalarOf(question: ValueQuestion, property: string, row: ValueAssignment | null): ValueAssignment | null {
  const { observed, expected } = question;
  const given = expected.values[property];
  const wish = given?.value ?? null;
  const isRefused = row?.workflowState === 'DECLINED' && sameScalar(row.expected, wish);
  // What is only ever written can be refused, but is never found different.
  if (observed === null || (given !== undefined && !isMapped(given))) return isRefused ? row : null;
  const found = observed.attributes[property] ?? null;
  if (matches(wish, found, given ?? {})) return null;
  if (isRefused) return row;
  if (given === undefined) return withoutWish(question, row);
  if (row?.workflowState === 'CANCELLATION') return row;
  if (question.discards) return null;
  const kept = row === null ? null : keptScalar(row, wish, found);
  if (kept !== null) return kept;
  // What was refused was never written: another value says nothing about who changed it.
  if (row?.workflowState === 'DECLINED') return null;
  return foundScalar(question, { property, wish, found, isKnown: isFound(row) || isKept(row) });
}

/** Nobody wants another value any more: what a person has kept stays protected, the rest is nobody's business. */
const withoutWish = ({ discards }: ValueQuestion, row: ValueAssignment | null): ValueAssignment | null =>
  !discards && isKept(row) ? row : null;

const isKept = (row: ValueAssignment | null): boolean =>
  row !== null && ['APPROVED', 'APPROVED_RISK', 'APPROVED_QUESTIONED'].includes(row.workflowState);

const isFound = (row: ValueAssignment | null): boolean =>
  row?.workflowState === 'NON_CONFORMING' || row?.workflowState === 'PRE_EXISTING';

/** A decision, or a finding, is about the value that was found; null: that value is gone. */
function keptScalar(row: ValueAssignment, wish: ScalarValue, found: ScalarValue): ValueAssignment | null {
  if (!sameScalar(row.value, found)) return null;
  if (isFound(row)) return { ...row, expected: wish };
  if (!isKept(row)) return null;
  return { ...row, workflowState: sameScalar(row.expected, wish) ? 'APPROVED' : 'APPROVED_QUESTIONED' };
}

interface FoundScalar {
  readonly property: string;
  readonly wish: ScalarValue;
  readonly found: ScalarValue;
  /** Another value of the property was found or kept before. */
  readonly isKnown: boolean;
}

function foundScalar(
  { seen, isPreExisting }: ValueQuestion,
  { property, wish, found, isKnown }: FoundScalar,
): ValueAssignment | null {
  const row = { property, targetKey: '', value: found, expected: wish };
  const before = seen[property];
  if (isKnown || (before !== undefined && isMapped(before) && !matches(before.value, found, before)))
    return { ...row, workflowState: 'NON_CONFORMING' };
  return isPreExisting && found !== null ? { ...row, workflowState: 'PRE_EXISTING' } : null;
}

/** A link's row says something as long as what is there differs from what is wished. */
function holdsLink(row: ValueAssignment, expected: ExpectedResource, observed: ResourceContent | null): boolean {
  const isWished = expected.links[row.property]?.[row.targetKey] !== undefined;
  const isPresent = observed?.links[row.property]?.includes(row.targetKey) === true;
  if (isWished === isPresent) return false;
  if (row.workflowState === 'DECLINED') return row.expected === (isWished ? row.targetKey : null);
  return isPresent;
}

/** What a delta must not touch, and which links it takes away although nobody here gave them. */
export interface ValuesLeft {
  isLeft(property: string, targetKey?: string): boolean;
  /** Target keys to be taken out by decision. */
  taken(property: string): readonly string[];
  /** Properties with links to be taken out. */
  readonly takenFrom: readonly string[];
}

export const nothingLeft: ValuesLeft = { isLeft: () => false, taken: () => [], takenFrom: [] };

export function valuesLeft(rows: readonly ValueAssignment[]): ValuesLeft {
  if (rows.length === 0) return nothingLeft;
  const isTaken = (row: ValueAssignment): boolean => row.workflowState === 'CANCELLATION';
  const left = new Set(
    rows.filter((row) => !isTaken(row)).map(({ property, targetKey }) => `${property}\n${targetKey}`),
  );
  const taken = rows.filter((row) => isTaken(row) && !isScalar(row));
  return {
    isLeft: (property, targetKey = '') => left.has(`${property}\n${targetKey}`),
    taken: (property) => taken.filter((row) => row.property === property).map(({ targetKey }) => targetKey),
    takenFrom: taken.map(({ property }) => property),
  };
}

export const sameValues = (a: readonly ValueAssignment[], b: readonly ValueAssignment[]): boolean =>
  a.length === b.length && a.every((row, index) => sameValue(row, b[index]));

const sameValue = (a: ValueAssignment, b: ValueAssignment | undefined): boolean =>
  b !== undefined &&
  a.property === b.property &&
  a.targetKey === b.targetKey &&
  a.workflowState === b.workflowState &&
  sameScalar(a.value, b.value) &&
  sameScalar(a.expected, b.expected);

/** What the store has to write of one account's rows. */
export interface ValueWrites {
  readonly assignmentId: string;
  readonly put: readonly ValueAssignment[];
  readonly drop: readonly Pick<ValueAssignment, 'property' | 'targetKey'>[];
}

/** Null when nothing differs. */
export function valueWritesOf(
  assignmentId: string,
  before: readonly ValueAssignment[],
  after: readonly ValueAssignment[],
): ValueWrites | null {
  if (before.length + after.length === 0 || sameValues(before, after)) return null;
  const isSame = (a: ValueAssignment, b: ValueAssignment): boolean =>
    a.property === b.property && a.targetKey === b.targetKey;
  return {
    assignmentId,
    put: after.filter((row) => !before.some((known) => isSame(known, row) && sameValue(known, row))),
    drop: before.filter((row) => !after.some((next) => isSame(next, row))),
  };
}
