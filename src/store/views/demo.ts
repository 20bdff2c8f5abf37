// Whom the demo lets sign in: everybody who is active today, with the profiles they would act with.
import { personActor } from '../../domain/actor.js';
import type { Profile } from '../../domain/configuration.js';
import { dayOfPeople, personOf, type PersonRow } from '../../domain/person.js';
import type { CompiledModel } from '../../domain/role-model/model.js';
import type { Environment } from '../../steps/ports/clock.js';
import type { DemoDirectory, DemoPerson } from '../../steps/ports/demo.js';
import type { ModelSource } from '../../steps/ports/model.js';
import type { Database } from '../database.js';

type Row = PersonRow & { readonly hasReports: boolean };

export const demoDirectory = (database: Database, models: ModelSource, environment: Environment): DemoDirectory => ({
  people: async () => {
    const model = await models.current();
    const { identifier, identity } = model.identityType;
    const { rows } = await database.query<Row>(
      `with managers as (select distinct r.attributes ->> $2::text as key from resource r where r.entity_type = $1 and r.removed_at is null)
       select p.id, p.key, p.attributes, p.removed_at is not null as "isRemoved", exists (select from managers m where m.key = p.key) as "hasReports"
       from resource p where p.entity_type = $1 order by p.key`,
      [identifier, identity?.manager ?? ''],
    );
    const today = dayOfPeople(environment.now(), model.identityType, environment.timeZone);
    const people = rows.flatMap((row) => demoPerson(row, model, today));
    return people.toSorted((left, right) => importance(right.profiles) - importance(left.profiles));
  },
});

function demoPerson(row: Row, { configuration, identityType }: CompiledModel, today: string): readonly DemoPerson[] {
  const actor = personActor(personOf(row, identityType), configuration, row.hasReports, today);
  if (!actor.ok || actor.value.kind !== 'identity') return [];
  const { identifier, displayName, profiles } = actor.value;
  const jobTitle = row.attributes[identityType.identity?.jobTitle ?? ''];
  return [
    { identifier, displayName, jobTitle: typeof jobTitle === 'string' && jobTitle !== '' ? jobTitle : null, profiles },
  ];
}

const special: readonly Profile[] = ['application-owner', 'auditor', 'role-officer', 'operator', 'administrator'];

const importance = (profiles: readonly Profile[]): number =>
  Math.max(...profiles.map((profile) => special.indexOf(profile)), -1);
