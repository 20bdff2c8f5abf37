// Where the meaning of a person's properties stands in SQL: the configuration names the properties, this file the columns.
// Expressions match those of the indexes in store/identity-index.ts, so their names are literals, not parameters.
import type { EntityTypeDefinition } from '../../domain/configuration.js';
import { identityKinds } from '../../domain/person.js';
import { quoted } from '../fragment.js';

/** SQL over a row `alias` of resource; every one of text type. */
export interface IdentityColumns {
  readonly displayName: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  readonly jobTitle: string;
  readonly kind: string;
  readonly startDate: string;
  readonly endDate: string;
  /** Keys of the linked rows. */
  readonly department: string;
  readonly manager: string;
}

export function identityColumns(type: EntityTypeDefinition, alias: string): IdentityColumns {
  const { identity } = type;
  const text = (property: string | null | undefined) => propertyText(alias, property);
  return {
    displayName: displayColumn(type, alias),
    firstName: text(identity?.firstName),
    lastName: text(identity?.lastName),
    email: text(identity?.email),
    jobTitle: text(identity?.jobTitle),
    kind: kindColumn(text(identity?.kind)),
    startDate: dayColumn(text(identity?.startDate)),
    endDate: dayColumn(text(identity?.endDate)),
    department: text(identity?.department),
    manager: managerColumn(alias, identity?.manager),
  };
}

export const displayColumn = (type: EntityTypeDefinition, alias: string): string =>
  `coalesce(${propertyText(alias, type.displayProperty)}, ${alias}.key)`;

/** Empty texts of a source mean the same as absent ones. */
function propertyText(alias: string, property: string | null | undefined): string {
  return property === null || property === undefined
    ? 'null::text'
    : `nullif(${alias}.attributes ->> ${quoted(property)}, '')`;
}

/** Without nullif, to match the index on managers. */
const managerColumn = (alias: string, property: string | null | undefined): string =>
  property === null || property === undefined ? 'null::text' : `(${alias}.attributes ->> ${quoted(property)})`;

/** The day of an ISO text, null for anything else. */
const dayColumn = (text: string): string => `substring(${text} from '^\\d{4}-\\d{2}-\\d{2}')`;

const kindColumn = (text: string): string =>
  `case when upper(${text}) in (${identityKinds.map(quoted).join(', ')}) then upper(${text}) else 'EMPLOYEE' end`;

/** FUTURE, ACTIVE or LEFT on that day; `today` is SQL for an ISO day as text. */
export const lifecycleColumn = ({ startDate, endDate }: IdentityColumns, alias: string, today: string): string =>
  `case when ${alias}.removed_at is not null or ${endDate} < ${today} then 'LEFT' when ${startDate} > ${today} then 'FUTURE' else 'ACTIVE' end`;
