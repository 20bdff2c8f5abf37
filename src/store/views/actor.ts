// Resolves actors from the rows and the configuration of this moment.
import { type Actor, personActor, serviceActor, unknownPerson } from '../../domain/actor.js';
import { dayOfPeople, personOf, type PersonRow } from '../../domain/person.js';
import { type Decision, granted } from '../../domain/refusal.js';
import type { ActorDirectory } from '../../steps/ports/actor.js';
import type { Environment } from '../../steps/ports/clock.js';
import type { ModelSource } from '../../steps/ports/model.js';
import type { Database } from '../database.js';

export const actorDirectory = (database: Database, models: ModelSource, environment: Environment): ActorDirectory => ({
  person: (identifier) => person(database, models, environment, identifier),
  service: async (identifier) => serviceActor(identifier, (await models.current()).configuration),
  again: async (actor) => {
    switch (actor.kind) {
      case 'identity':
        return person(database, models, environment, actor.identifier);
      case 'service':
        return serviceActor(actor.identifier, (await models.current()).configuration);
      case 'system':
        return granted(actor);
      default:
        return actor satisfies never;
    }
  },
});

async function person(
  database: Database,
  models: ModelSource,
  environment: Environment,
  identifier: string,
): Promise<Decision<Actor>> {
  const { configuration, identityType } = await models.current();
  // The manager property is bound as text: the planner then sees a constant and can use the index on it.
  const { rows } = await database.query<PersonRow & { readonly has_reports: boolean }>(
    `select p.id, p.key, p.attributes, p.removed_at is not null as "isRemoved",
            exists (select from resource r where r.entity_type = $1 and r.attributes ->> $3::text = p.key and r.removed_at is null) as has_reports
     from resource p where p.entity_type = $1 and p.key = $2`,
    [identityType.identifier, identifier, identityType.identity?.manager ?? ''],
  );
  const row = rows[0];
  if (row === undefined) return unknownPerson(identifier);
  const today = dayOfPeople(environment.now(), identityType, environment.timeZone);
  return personActor(personOf(row, identityType), configuration, row.has_reports, today);
}
