// Departments: rows of the entity type that the department property of people refers to.
import type { Configuration, EntityTypeDefinition } from '../../domain/configuration.js';
import type { DepartmentView } from '../../steps/ports/identity.js';
import type { Database } from '../database.js';
import { allOf, literal, quoted, rendered, sql } from '../fragment.js';
import { idConditions } from './filter.js';
import { displayColumn } from './identity-column.js';

/** Empty when departments of people are plain text in this configuration. */
export async function departmentsByIds(
  database: Database,
  configuration: Configuration,
  ids: readonly string[],
): Promise<ReadonlyMap<string, DepartmentView>> {
  const types = departmentTypes(configuration);
  if (types === null) return new Map();
  const { people, departments } = types;
  const { text, parameters } = rendered(
    sql`select r.id, r.key as identifier, ${literal(displayColumn(departments, 'r'))} as "displayName", p.id as "parentId", m.id as "managerId"
        from resource r
        left join resource p on p.entity_type = r.entity_type and p.key = ${literal(linkTo(departments, departments))}
        left join resource m on m.entity_type = ${people.identifier} and m.key = ${literal(linkTo(departments, people))}
        where r.entity_type = ${departments.identifier} and ${allOf(idConditions('r.id', { in: ids }, 'uuid'))}`,
  );
  const { rows } = await database.query<DepartmentView>(text, parameters);
  return new Map(rows.map((row) => [row.id, row]));
}

interface DepartmentTypes {
  readonly people: EntityTypeDefinition;
  readonly departments: EntityTypeDefinition;
}

function departmentTypes({ entityTypes }: Configuration): DepartmentTypes | null {
  const people = entityTypes.find(({ identity }) => identity !== null);
  const property = people?.properties.find(({ identifier }) => identifier === people.identity?.department);
  const departments = entityTypes.find(({ identifier }) => identifier === property?.references);
  return people === undefined || departments === undefined ? null : { people, departments };
}

/** SQL for the key of the row of `to` that a department names, by the first single-valued property that refers to it. */
function linkTo(departments: EntityTypeDefinition, to: EntityTypeDefinition): string {
  const property = departments.properties.find(
    ({ references, isMultivalued }) => references === to.identifier && !isMultivalued,
  );
  return property === undefined ? 'null::text' : `r.attributes ->> ${quoted(property.identifier)}`;
}
