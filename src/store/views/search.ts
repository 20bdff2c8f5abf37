// People and resources that a typed text may mean. What begins with the text is found by the indexes of store/name-index.ts;
// only when that is not enough, rows are read in the order of an index until enough hold it. Scores are domain/search.ts'.
import type { Configuration, EntityTypeDefinition } from '../../domain/configuration.js';
import type { CompiledModel } from '../../domain/role-model/model.js';
import type { ModelSource } from '../../steps/ports/model.js';
import type { FoundRow, RowSearch, SearchViews } from '../../steps/ports/search.js';
import type { Database, Sql } from '../database.js';
import { allOf, anyOf, type Fragment, joined, literal, quoted, rendered, sql } from '../fragment.js';
import { escaped, textConditions } from './filter.js';
import { displayColumn, identityColumns } from './identity-column.js';
import { resourceSource, visibleResources } from './resource.js';
import { scopeCondition } from './scope.js';

export const searchViews = (database: Database, models: ModelSource): SearchViews => ({
  rows: async (search) => {
    const model = await models.current();
    const kinds = [peopleOf(model), ...(search.resources === 'none' ? [] : [resourcesOf(model, search)])];
    return (await Promise.all(kinds.map((kind) => found(database, kind, search)))).flat();
  },
});

/** How the rows of one kind are found. */
interface Kind {
  /** One statement a type: each has indexes of its own. */
  readonly types: readonly TypeSearch[];
}

interface TypeSearch {
  readonly select: Fragment;
  readonly from: Fragment;
  readonly where: Fragment;
  /** Trusted SQL of the texts it is searched by. */
  readonly texts: readonly string[];
}

const peopleOf = ({ identityType }: CompiledModel): Kind => {
  const { displayName, email, jobTitle } = identityColumns(identityType, 'r');
  return {
    types: [
      {
        select: literal(
          `'Identity' as kind, r.id, r.key, ${displayName} as name, ${email} as email, ${jobTitle} as detail`,
        ),
        from: literal('resource r'),
        where: ofType(identityType),
        texts: ['r.key', displayName, ...(identityType.identity?.email ? [email] : [])],
      },
    ],
  };
};

function resourcesOf({ identityType, configuration }: CompiledModel, { resources }: RowSearch): Kind {
  const seen = allOf([
    visibleResources(resources, identityType),
    // The same again, by the index on who owns what: few of all rows are somebody's own.
    ...(resources === 'all' ? [] : [ownedBy(resources, identityType)]),
  ]);
  return {
    types: resourceTypesOf(configuration, identityType).map((type) => ({
      select: literal(
        `'Resource' as kind, r.id, r.key, ${displayColumn(type, 'r')} as name, null::text as email, ${quoted(type.displayName)} as detail`,
      ),
      from: resourceSource,
      where: allOf([ofType(type), seen]),
      texts: ['r.key', displayColumn(type, 'r')],
    })),
  };
}

const resourceTypesOf = ({ entityTypes }: Configuration, { identifier }: EntityTypeDefinition) =>
  entityTypes.filter((type) => type.identifier !== identifier);

const ownedBy = (scope: RowSearch['resources'], identityType: EntityTypeDefinition): Fragment =>
  sql`r.id in (select x.resource_id from resource_assignment x where ${scopeCondition(scope, 'x.identity_id', identityType)})`;

/** A literal, to match the indexes, which are one a type. */
const ofType = ({ identifier }: EntityTypeDefinition): Fragment => literal(`r.entity_type = ${quoted(identifier)}`);

async function found(database: Sql, { types }: Kind, { text, limit }: RowSearch): Promise<readonly FoundRow[]> {
  if (types.length === 0) return [];
  const first = await beginning(database, types, text, limit);
  if (first.length === limit) return first;
  const known = first.map(({ id }) => id);
  return [...first, ...(await within(database, types, text, limit - first.length, known))];
}

/** Whole identifiers first: a limit must not cut off what was meant exactly. */
async function beginning(database: Sql, types: readonly TypeSearch[], text: string, limit: number) {
  const pattern = sql`lower(${`${escaped(text)}%`}::text)`;
  const each = types.map(({ select, from, where, texts }) => {
    const begins = anyOf(texts.map((column) => sql`lower(${literal(column)}) like ${pattern}`));
    const order = sql`lower(r.key) = lower(${text}::text) desc, lower(${literal(texts[1] ?? 'r.key')}), r.id`;
    return sql`(select ${select} from ${from} where ${where} and ${begins} order by ${order} limit ${limit})`;
  });
  const order = sql`lower(key) = lower(${text}::text) desc, lower(name), id`;
  return rows(database, sql`select * from (${joined(each, ' union all ')}) f order by ${order} limit ${limit}`);
}

/** In the order of the ids, so that a text many rows hold is soon found often enough. */
async function within(
  database: Sql,
  types: readonly TypeSearch[],
  text: string,
  limit: number,
  known: readonly string[],
) {
  const each = types.map(({ select, from, where, texts }) => {
    const holds = anyOf(texts.flatMap((column) => textConditions(column, { contains: text })));
    return sql`(select ${select} from ${from} where ${where} and ${holds} and r.id <> all(${known}::uuid[]) order by r.entity_type, r.id limit ${limit})`;
  });
  return rows(database, sql`select * from (${joined(each, ' union all ')}) f order by id limit ${limit}`);
}

async function rows(database: Sql, statement: Fragment): Promise<readonly FoundRow[]> {
  const { text, parameters } = rendered(statement);
  return (await database.query<FoundRow>(text, parameters)).rows;
}
