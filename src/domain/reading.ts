// The reading of one entity type: what of the model it is about, what its cookie was given for, and which rows can be taken.
// Owns why a reading is refused; comparing it is synchronization.ts', the order of its acts the step's.
import type { EntityTypeDefinition } from './configuration.js';
import { type CorrelationExpressions, correlationValues, type CorrelationValues, isQueried } from './correlation.js';
import type { TaskFailure } from './job.js';
import type { ResourceContent } from './resource.js';
import { identitySource } from './role-model/context.js';
import type { CompiledModel } from './role-model/model.js';
import { contentProblem, repeatedKey } from './synchronization.js';

/** Carries a failure with the name of what was read out of the loops. */
export class RefusedReading extends Error {
  constructor(
    readonly reason: TaskFailure,
    options?: ErrorOptions,
  ) {
    super(reason.message, options);
  }
}

/** What the model makes of rows of this entity type. */
export const subjectOf = (model: CompiledModel, type: EntityTypeDefinition, expressions: CorrelationExpressions) => ({
  entityType: type.identifier,
  isIdentity: type.identity !== null,
  resourceTypes: model.configuration.resourceTypes
    .filter(({ targetEntityType }) => targetEntityType === type.identifier)
    .map(({ identifier }) => identifier),
  references: type.properties.flatMap(({ identifier, references, isMultivalued, isSecret }) =>
    references === null || isMultivalued || isSecret ? [] : [{ property: identifier, target: references }],
  ),
  ...(model.contextRule === null ? {} : { people: identitySource(model) }),
  isClassified: expressions.classes.length > 0,
  isQueried: isQueried(expressions),
});

/** Of another connection, other settings or other properties, a cookie says nothing: what did not change would stay unread. */
export function cookieText(
  { connection, objectType, properties }: EntityTypeDefinition,
  settingsDigest: string,
): string {
  const read = properties.map(({ identifier, attribute, type, isMultivalued, isSecret }) => [
    identifier,
    attribute,
    type,
    isMultivalued,
    isSecret,
  ]);
  return JSON.stringify([connection, settingsDigest, objectType, read]);
}

/** Rows handed on at once: bounds memory whatever the size of a package's pages. */
const chunkSize = 1000;

export function* chunksOf<T>(page: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < page.length; start += chunkSize) yield page.slice(start, start + chunkSize);
}

export interface UsableRow {
  readonly content: ResourceContent;
  readonly found: CorrelationValues;
}

/** Throws RefusedReading over a row that cannot be taken: one is enough to refuse them all. */
export function usableRows(
  contents: readonly ResourceContent[],
  expressions: CorrelationExpressions,
  today: string,
): readonly UsableRow[] {
  const repeated = repeatedKey(contents.map(({ key }) => key));
  if (repeated !== null) throw repeatedRow(repeated);
  return contents.map((content) => {
    const problem = contentProblem(content);
    if (problem !== null) throw refusedReading('INVALID_VALUE', `row "${content.key}" ${problem}`);
    return { content, found: correlationValues(expressions, content.attributes, today) };
  });
}

export const repeatedRow = (key: string): RefusedReading =>
  refusedReading('AMBIGUOUS_MATCH', `the key "${key}" is there more than once`);

const refusedReading = (code: string, message: string): RefusedReading =>
  new RefusedReading({
    code,
    message,
    hint: 'Correct the data in the managed system; nothing of this reading was applied.',
  });
