// Who has denied somebody a role, and when, in words. Told from the request that asked for the denial, or from the row of the
// role where there was none; names of people are given by whoever may read them.
import type { ExplanationInput } from './explanation-path.js';

export interface Denial {
  /** Row id of the person who decided; null: not known, or a rule. */
  readonly decidedBy: string | null;
  /** Identifier of the automation rule that decided. */
  readonly rule: string | null;
  readonly at: Date | null;
  /** e.g. REQ-5; null: nobody asked for it, or it may not be read. */
  readonly request: string | null;
}

/** Null: no person has denied it. */
export function denialOf(
  { identity, requests, rows }: Pick<ExplanationInput, 'identity' | 'requests' | 'rows'>,
  role: string,
): Denial | null {
  const decision = identity.snapshot.decisions.find((row) => row.role === role && row.isDenied);
  if (decision === undefined) return null;
  const story = requests.get(decision.requestItemId ?? '');
  const last = story?.approvals.at(-1);
  if (story !== undefined)
    return {
      decidedBy: last?.decidedBy ?? story.requestedBy,
      rule: null,
      at: last?.decidedAt ?? story.requestedAt,
      request: story.number,
    };
  const row = rows?.get(role);
  return {
    decidedBy: row?.decidedBy ?? null,
    rule: row?.decidedByRule ?? null,
    at: row?.changedAt ?? null,
    request: null,
  };
}

/** Role → what is said of its denial, e.g. `Ines Aubry denied it on 2026-11-22 (REQ-5)`. Others are absent. */
export function denialTexts(input: ExplanationInput): ReadonlyMap<string, string> {
  const roles = input.identity.snapshot.decisions.flatMap(({ role, isDenied }) => (isDenied ? [role] : []));
  return new Map(roles.map((role) => [role, denialText(denialOf(input, role), input.names)]));
}

function denialText(denial: Denial | null, names: ExplanationInput['names']): string {
  const { decidedBy = null, rule = null, at = null, request = null } = denial ?? {};
  const who = (decidedBy === null ? null : names?.get(decidedBy)) ?? (rule === null ? 'somebody' : `the rule ${rule}`);
  const when = at === null ? '' : ` on ${at.toISOString().slice(0, 10)}`;
  return `${who} denied it${when}${request === null ? '' : ` (${request})`}`;
}
