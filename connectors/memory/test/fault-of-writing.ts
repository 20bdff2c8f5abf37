// Faults planted into writes: of rows, names, states, passwords and links.
import { randomUUID } from 'node:crypto';
import type { ApplyOutcome, Delta } from '@joinery/connector-kit';
import { memoryTarget } from '@joinery/connector-memory';
import {
  answering,
  broken,
  givenStore,
  ownStore,
  type PlantedFault,
  sending,
  sendingValues,
  showing,
  soundGiven,
} from './fault.js';

const applied = (key: string): ApplyOutcome => ({ kind: 'applied', key });
const refused = (message: string): ApplyOutcome => ({ kind: 'refused', failure: { code: 'ALREADY_EXISTS', message } });
const withoutMembers = (delta: Delta, isKept: (member: string) => boolean): Delta['add'] =>
  Object.fromEntries(Object.entries(delta.add).map(([name, members]) => [name, members.filter(isKept)]));
const isKey = (text: string): boolean => /^[0-9a-f]{8}-/.test(text);

export const rowFaults: readonly PlantedFault[] = [
  ['a creation is claimed and not made', broken(() => ({ apply: async ({ key }) => applied(key) })), /shows a created/],
  [
    'what is so already is called new',
    answering((outcome) => (outcome.kind === 'alreadySo' ? applied(outcome.key) : outcome)),
    /answers alreadySo|does not undo|tells the same key|pattern or a query|odd member keys/,
  ],
  [
    'what is so already is refused',
    answering((outcome) => (outcome.kind === 'alreadySo' ? refused('there already') : outcome)),
    /has one effect|four times at once/,
  ],
  [
    'a creation overwrites the row that is there',
    sending((delta) =>
      delta.kind === 'create' && memoryTarget(ownStore).row(delta.objectType, delta.key) !== null
        ? { ...delta, kind: 'update' }
        : delta,
    ),
    /exists with other values/,
  ],
  ['null is left out', sendingValues((_name, value) => value ?? undefined), /attribute to null/],
  [
    'an update wipes the other attributes',
    sending((delta) => (delta.kind === 'update' ? { ...delta, set: { name: null, mail: null, ...delta.set } } : delta)),
    /named attribute and leaves/,
  ],
  [
    'an update makes the missing row',
    sending(async (delta, session, context) => {
      if (delta.kind === 'update')
        await session.apply({ ...delta, kind: 'create' }, { ...context, idempotencyKey: randomUUID() });
      return delta;
    }),
    /update a row that is not there/,
  ],
  [
    'unknown attributes are dropped',
    sendingValues((name, value) => (name === 'noSuchAttribute' ? undefined : value)),
    /unknown attribute|password in a refusal/,
  ],
  [
    'values are turned into text',
    sendingValues((_name, value) => (typeof value === 'number' ? String(value) : value)),
    /value of a wrong type/,
  ],
  ['an empty key gets a value', sending((delta) => ({ ...delta, key: delta.key || 'made up' })), /empty key/],
  [
    'a new value of the key attribute is dropped',
    sendingValues((name, value) => (name === 'id' ? undefined : value)),
    /change the key attribute/,
  ],
  [
    'read-only attributes are dropped',
    sendingValues((name, value) => (name === 'since' ? undefined : value)),
    /write a read-only attribute/,
  ],
  [
    'a deletion is claimed and not made',
    broken((session) => ({
      apply: async (delta, context) => (delta.kind === 'delete' ? applied(delta.key) : session.apply(delta, context)),
    })),
    /after deleting it|deletes by the key and by the name|a row that has members/,
  ],
  [
    'several deltas are answered in another order',
    broken((session) => ({
      applyMany: async (...call) => [...((await session.applyMany?.(...call)) ?? [])].toReversed(),
    })),
    /several deltas in their order/,
  ],
  [
    'idempotency keys are not passed on',
    broken((session) => ({
      apply: (delta, context) => session.apply(delta, { ...context, idempotencyKey: randomUUID() }),
    })),
    /does not undo a later change/,
  ],
];

export const nameFaults: readonly PlantedFault[] = [
  [
    'an outcome tells the name for the key',
    answering((outcome, { key }) => (outcome.kind === 'applied' ? applied(key) : outcome), soundGiven),
    /key that the row says|lists the same keys/,
  ],
  [
    'an outcome tells the name the second time',
    answering((outcome, { key }) => (outcome.kind === 'alreadySo' ? { ...outcome, key } : outcome), soundGiven),
    /tells the same key/,
  ],
  [
    'the name among the values is refused',
    answering((outcome, { set }) => ('login' in set ? refused('no') : outcome), soundGiven),
    /the name among the values/,
  ],
  [
    'rows are read by their keys only',
    broken(
      (session) => ({
        read: async (objectType, key, context) => (isKey(key) ? session.read(objectType, key, context) : null),
      }),
      soundGiven,
    ),
    /reads and updates by the key and by the name/,
  ],
  [
    'rows are deleted by their keys only',
    sending(
      (delta) => (delta.kind === 'delete' && !isKey(delta.key) ? { ...delta, key: 'nobody' } : delta),
      soundGiven,
    ),
    /deletes by the key and by the name/,
  ],
  [
    'a renamed row is another row',
    sending((delta) => {
      const row = memoryTarget(givenStore).row('account', delta.key);
      if (row === null || !('login' in delta.set)) return delta;
      memoryTarget(givenStore).drop('account', row.key);
      memoryTarget(givenStore).put({ ...row, key: randomUUID() });
      return { ...delta, key: String(row.attributes.login) };
    }, soundGiven),
    /keeps key, values and identity/,
  ],
  [
    'a name is taken from another row',
    sending((delta) => {
      const owner = memoryTarget(givenStore).row('account', String(delta.set.login));
      if (delta.kind === 'update' && owner !== null) memoryTarget(givenStore).drop('account', owner.key);
      return delta;
    }, soundGiven),
    /a name that another row has/,
  ],
];

export const stateFaults: readonly PlantedFault[] = [
  [
    'rows are made disabled',
    sending((delta) => (delta.kind === 'create' ? { ...delta, set: { active: false, ...delta.set } } : delta)),
    /makes a row enabled|enables it again/,
  ],
  [
    'disabling loses a value',
    sending((delta) => (delta.set.active === false ? { ...delta, set: { ...delta.set, name: null } } : delta)),
    /enables it again|disabled or enabled twice/,
  ],
  [
    'the state is left out at creation',
    sendingValues((name, value, kind) => (name === 'active' && kind === 'create' ? undefined : value)),
    /disabled from the start/,
  ],
  [
    'the password is described as readable',
    broken((session) => ({
      describe: async (context) =>
        (await session.describe(context)).map((type) => ({
          ...type,
          attributes: type.attributes.map((attribute) => ({ ...attribute, isWriteOnly: false })),
        })),
    })),
    /only written/,
  ],
  [
    'passwords are dropped',
    sendingValues((name, value) => (name === 'secret' ? undefined : value)),
    /password at creation|changes a password|leaves the password|with a password sent twice|rules of the system/,
  ],
  [
    'every change sets the password again',
    sending((delta) =>
      delta.kind === 'update' ? { ...delta, set: { secret: 'reset to this', ...delta.set } } : delta,
    ),
    /leaves the password/,
  ],
  [
    'a password is shown',
    showing((row) => ({ ...row, attributes: { ...row.attributes, secret: 'canary password 1' } })),
    /shows a password/,
  ],
  [
    'a refusal quotes what was sent',
    answering((outcome, delta) =>
      outcome.kind === 'refused'
        ? { ...outcome, failure: { ...outcome.failure, targetMessage: JSON.stringify(delta.set) } }
        : outcome,
    ),
    /password in a refusal|without telling it/,
  ],
];

export const linkFaults: readonly PlantedFault[] = [
  [
    'members at creation are dropped',
    sending((delta) => (delta.kind === 'create' ? { ...delta, add: {} } : delta)),
    /together with its links/,
  ],
  [
    'members are in no order',
    showing((row) => ({ ...row, links: { groups: [...(row.links.groups ?? [])].toReversed() } })),
    /together with its links|adds and removes members by delta/,
  ],
  [
    'removed members stay',
    sending((delta) => ({ ...delta, remove: {} })),
    /removes members by delta|member removed twice|group of \d+ members|members of rows with odd keys/,
  ],
  [
    'members get lost when an attribute changes',
    sending((delta) => {
      const present = memoryTarget(ownStore).row(delta.objectType, delta.key)?.links.groups ?? [];
      return 'name' in delta.set && delta.kind === 'update' ? { ...delta, remove: { groups: present } } : delta;
    }),
    /leaves the members alone/,
  ],
  [
    'unknown links are dropped',
    sending((delta) => ('noSuchLink' in delta.add ? { ...delta, add: {} } : delta)),
    /refuses an unknown link/,
  ],
  [
    'unknown members are dropped',
    sending((delta) => ({ ...delta, add: withoutMembers(delta, (member) => member !== 'g-nobody') })),
    /member that does not exist/,
  ],
  [
    'names of members are dropped',
    sending(
      (delta) => ({ ...delta, add: withoutMembers(delta, (member) => !member.startsWith('group ')) }),
      soundGiven,
    ),
    /members by their names/,
  ],
  [
    'members are replaced instead of added',
    sending((delta) => {
      const present = memoryTarget(ownStore).row(delta.objectType, delta.key)?.links.groups ?? [];
      const added = delta.add.groups ?? [];
      return added.length === 0
        ? delta
        : { ...delta, remove: { groups: present.filter((member) => !added.includes(member)) } };
    }),
    /group of \d+ members/,
  ],
];
