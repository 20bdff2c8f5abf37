// Who acts: the request context as a domain value, carried from the entrance to the step.
import type { Configuration, Profile } from './configuration.js';
import { absenceOf, type Person } from './person.js';
import { type Decision, granted, refused } from './refusal.js';
import { keepsRole } from './role-keeper.js';

export type Actor =
  | {
      readonly kind: 'identity';
      /** Row id of the identity. */
      readonly identityId: string;
      /** Business key, e.g. `camille.roy`. */
      readonly identifier: string;
      readonly displayName: string;
      readonly profiles: readonly Profile[];
    }
  | {
      readonly kind: 'service';
      readonly identifier: string;
      readonly displayName: string;
      readonly profiles: readonly Profile[];
    }
  /** The engine itself: schedules, sweeps, consequences of a decision. */
  | {
      readonly kind: 'system';
      readonly identifier: string;
      readonly displayName: string;
      readonly profiles: readonly Profile[];
    };

export const systemActor: Actor = {
  kind: 'system',
  identifier: 'joinery',
  displayName: 'Joinery',
  profiles: ['script'],
};

/** How an actor is stored: `identity:<row id>`, `service:<identifier>` or `system:<identifier>`. */
export const actorReference = (actor: Actor): string =>
  actor.kind === 'identity' ? `identity:${actor.identityId}` : `${actor.kind}:${actor.identifier}`;

/** The actor a person is today: configured profiles and those that follow from data. Only an active person can act. */
export function personActor(
  person: Person,
  configuration: Configuration,
  hasReports: boolean,
  today: string,
): Decision<Actor> {
  const absence = absenceOf(person, today);
  if (absence !== null) {
    return refused({
      code: 'FORBIDDEN',
      rule: 'actor.active',
      message: `${person.displayName} (${person.identifier}) cannot act in Joinery: ${absence}.`,
      hint: 'Sign in as somebody who is active today.',
    });
  }
  return granted({
    kind: 'identity',
    identityId: person.id,
    identifier: person.identifier,
    displayName: person.displayName,
    profiles: profilesOf(person, configuration, hasReports),
  });
}

export function unknownPerson(identifier: string): Decision<never> {
  return refused({
    code: 'NOT_FOUND',
    rule: 'actor.known',
    message: `Nobody with the key «${identifier}» is known here.`,
    hint: 'Check the key, or synchronise the system that lists people.',
  });
}

/** A service account with its configured profiles. */
export function serviceActor(identifier: string, configuration: Configuration): Decision<Actor> {
  const account = configuration.serviceAccounts.find((known) => known.identifier === identifier);
  if (account === undefined) {
    return refused({
      code: 'NOT_FOUND',
      rule: 'actor.known',
      message: `No service account «${identifier}» is configured.`,
      hint: 'Add it under serviceAccounts in the configuration and apply it.',
    });
  }
  return granted({ kind: 'service', identifier, displayName: account.displayName, profiles: account.profiles });
}

function profilesOf(person: Person, configuration: Configuration, hasReports: boolean): readonly Profile[] {
  const roles = [...configuration.singleRoles, ...configuration.compositeRoles];
  const given = configuration.profiles
    .filter((each) => each.people.includes(person.identifier))
    .map((each) => each.profile);
  const derived: readonly Profile[] = [
    'employee',
    ...(hasReports ? ['manager' as const] : []),
    ...(roles.some((role) => keepsRole(person.identifier, role, configuration)) ? ['application-owner' as const] : []),
  ];
  return [...new Set([...derived, ...given])];
}

/** Key of the person who acts, or who answers for the service that does; null: nobody. Four-eyes rules count them as one. */
export function personBehind(actor: Actor, { serviceAccounts }: Pick<Configuration, 'serviceAccounts'>): string | null {
  switch (actor.kind) {
    case 'identity':
      return actor.identifier;
    case 'service':
      return serviceAccounts.find(({ identifier }) => identifier === actor.identifier)?.owner ?? null;
    case 'system':
      return null;
    default:
      return actor satisfies never;
  }
}
