// Makes and changes connections of people, beside those of the files: who may, whether the settings fit their package, and that
// secrets are sealed before they are kept and never sent to another place than they were given for.
import type { Actor } from '../domain/actor.js';
import type { Configuration } from '../domain/configuration.js';
import {
  changeOfSettings,
  type Settings,
  settingPath,
  type SettingsBefore,
  type SettingsChange,
  settingsRefusals,
  settingsToCheck,
} from '../domain/connection-input.js';
import { instructionsIn, isManualPackage } from '../domain/connection-setting.js';
import { toGlobalId } from '../domain/global-id.js';
import { may } from '../domain/permission.js';
import { type Decision, granted, type Refusal, refused } from '../domain/refusal.js';
import { unknownPlaceholders } from '../domain/ticket.js';
import type { SealedSecret } from '../domain/sealed-secret.js';
import type { ConnectionChange, ConnectionStore, KeptConnection } from './ports/connection.js';
import type { ConnectorPackages, InstalledPackage } from './ports/connector-package.js';
import type { ModelRefresh, ModelSource } from './ports/model.js';
import type { SecretSealer } from './ports/secret.js';

export interface ChangeConnectionPorts {
  readonly models: ModelSource;
  readonly modelRefresh: ModelRefresh;
  readonly connections: ConnectionStore;
  readonly connectorPackages: ConnectorPackages;
  readonly seals: SecretSealer;
}

export interface NewConnectionInput {
  /** Identifier; null when what was given is no connector's id. */
  readonly connector: string | null;
  readonly identifier: string;
  readonly displayName: string;
  readonly packageName: string;
  readonly settings: unknown;
}

export interface ConnectionChangeInput {
  /** Null when what was given is no connection's id. */
  readonly identifier: string | null;
  /** Null: as it is. */
  readonly displayName: string | null;
  /** Undefined: as they are. */
  readonly settings: unknown;
}

/** Its identifier, and what the caller has to be told although it was done. */
export interface ChangedConnection {
  readonly identifier: string;
  readonly notes: readonly Refusal[];
}

const inSettings = ['input', 'settings'] as const;

export async function createConnection(
  ports: ChangeConnectionPorts,
  actor: Actor,
  input: NewConnectionInput,
): Promise<Decision<ChangedConnection>> {
  const permit = may(actor, 'connection.manage');
  if (!permit.ok) return permit;
  const { configuration } = await ports.models.current();
  const connector = input.connector;
  const wrong = [...wordRefusals(input, configuration), ...nameRefusals(input)];
  const found = await ports.connectorPackages.find(input.packageName);
  if (found === null) wrong.push(unknownPackage(input.packageName));
  if (found === null || connector === null || wrong.length > 0) return refused(...wrong);
  const ticket = ticketRefusals(configuration, input.packageName, input.identifier, input.settings);
  if (ticket.length > 0) return refused(...ticket);
  const prepared = prepare(ports, found, input.settings, null, input.identifier);
  if (!prepared.ok) return prepared;
  const { identifier, displayName, packageName } = input;
  const change = {
    identifier,
    connector,
    displayName: displayName.trim(),
    package: packageName,
    ...prepared.value.kept,
  };
  if (!(await ports.connections.create(change, actor))) return refused(duplicate(identifier));
  ports.modelRefresh.expire();
  return granted({ identifier, notes: [] });
}

export async function updateConnection(
  ports: ChangeConnectionPorts,
  actor: Actor,
  input: ConnectionChangeInput,
): Promise<Decision<ChangedConnection>> {
  const permit = may(actor, 'connection.manage');
  if (!permit.ok) return permit;
  const { configuration } = await ports.models.current();
  const before = input.identifier === null ? null : await ports.connections.load(input.identifier);
  if (before === null) return refused(unchangeable(configuration, input.identifier));
  const wrong = input.displayName === null ? [] : nameRefusals({ displayName: input.displayName });
  if (wrong.length > 0) return refused(...wrong);
  const ticket = ticketRefusals(configuration, before.package, before.identifier, input.settings);
  if (ticket.length > 0) return refused(...ticket);
  const changed = await changedSettings(ports, before, input.settings);
  if (!changed.ok) return changed;
  const { kept, notes } = changed.value;
  const displayName = input.displayName?.trim() ?? before.displayName;
  if (!(await ports.connections.update({ ...before, displayName, ...kept }, actor))) return refused(stale(before));
  ports.modelRefresh.expire();
  return granted({ identifier: before.identifier, notes });
}

/** As for the files: a text for people names nothing that there is not. */
function ticketRefusals(
  configuration: Configuration,
  packageName: string,
  connection: string,
  settings: unknown,
): readonly Refusal[] {
  const template = isManualPackage(packageName) && isSettings(settings) ? instructionsIn(settings) : null;
  if (template === null) return [];
  return unknownPlaceholders(template, configuration, connection).map(({ name, known }) => ({
    code: 'INVALID',
    rule: 'connection.known-placeholders',
    field: [...inSettings, 'instructions'],
    message: `{{${name}}} stands for nothing.`,
    hint: `Known here: ${known.map((each) => `{{${each}}}`).join(', ')}.`,
  }));
}

type Kept = Pick<ConnectionChange, 'settings' | 'secrets' | 'secretVersions' | 'previousVersion' | 'cleared'>;

interface Prepared {
  readonly kept: Kept;
  readonly notes: readonly Refusal[];
}

async function changedSettings(
  ports: ChangeConnectionPorts,
  before: KeptConnection,
  settings: unknown,
): Promise<Decision<Prepared>> {
  if (settings === undefined || settings === null)
    return granted({ kept: { ...before, previousVersion: before.version, cleared: [] }, notes: [] });
  const found = await ports.connectorPackages.find(before.package);
  if (found === null) return refused({ ...unknownPackage(before.package), field: [...inSettings] });
  return prepare(ports, found, settings, before, before.identifier);
}

function prepare(
  { seals }: ChangeConnectionPorts,
  found: InstalledPackage,
  input: unknown,
  before: KeptConnection | null,
  identifier: string,
): Decision<Prepared> {
  if (!isSettings(input)) return refused(noSettings);
  const known: SettingsBefore | null =
    before === null ? null : { settings: before.settings, secrets: Object.keys(before.secrets) };
  const wrong = settingsRefusals(found, input, known, inSettings);
  if (wrong.length > 0) return refused(...wrong);
  const change = changeOfSettings(found, input, known);
  const problems = problemsOf(found, change);
  if (problems.length > 0) return refused(...problems);
  if (Object.keys(change.given).length > 0 && !seals.canSeal) return refused(noKey(Object.keys(change.given)));
  return granted({ kept: sealed(seals, change, before, identifier), notes: clearedNotes(change) });
}

const isSettings = (value: unknown): value is Settings =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function problemsOf(found: InstalledPackage, change: SettingsChange): readonly Refusal[] {
  return found
    .problems(settingsToCheck(change))
    .filter(({ setting }) => !change.kept.includes(setting))
    .map(({ setting, message }): Refusal => {
      const isCleared = change.cleared.includes(setting);
      return {
        code: 'INVALID',
        rule: 'connection.settings-fit-package',
        field: [...inSettings, ...settingPath(setting)],
        message: isCleared ? `The secret "${setting}" has to be given anew: ${movedText(change)}.` : message,
        hint: isCleared
          ? 'A secret is never sent to another place than the one it was given for.'
          : `ConnectorPackage.settingsSchema says what ${found.definition.name} takes.`,
      };
    });
}

const movedText = ({ moved }: SettingsChange): string =>
  `${moved.map((name) => `"${name}"`).join(' and ')} ${moved.length === 1 ? 'says' : 'say'} that the system is elsewhere now`;

/** Done all the same: the caller is told which secrets are gone. */
const clearedNotes = (change: SettingsChange): readonly Refusal[] =>
  change.cleared.map((name) => ({
    code: 'STATE_CONFLICT',
    rule: 'connection.secret-stays-with-its-place',
    field: [...inSettings, name],
    message: `The secret "${name}" was cleared: ${movedText(change)}.`,
    hint: 'The rest is saved. Give the secret anew if the new place needs it.',
  }));

function sealed(seals: SecretSealer, change: SettingsChange, before: KeptConnection | null, connection: string): Kept {
  const versions: Record<string, number> = { ...before?.secretVersions };
  const secrets: Record<string, SealedSecret> = {};
  for (const name of change.kept) {
    const present = before?.secrets[name];
    if (present !== undefined) secrets[name] = present;
  }
  for (const [setting, plain] of Object.entries(change.given)) {
    const version = (versions[setting] ?? 0) + 1;
    versions[setting] = version;
    secrets[setting] = seals.seal(plain, { connection, setting, version });
  }
  return {
    settings: change.open,
    secrets,
    secretVersions: versions,
    previousVersion: before?.version ?? 0,
    cleared: change.cleared,
  };
}

/** As in the files. */
const identifierForm = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

function wordRefusals({ connector, identifier }: NewConnectionInput, { connectors }: Configuration): Refusal[] {
  const unknown: Refusal = {
    code: 'NOT_FOUND',
    rule: 'connection.known-connector',
    field: ['input', 'connectorId'],
    message: 'There is no such connector.',
    hint: `Known connectors: ${connectors.map((each) => each.identifier).join(', ') || 'none'}. New ones are added in the configuration files.`,
  };
  const malformed: Refusal = {
    code: 'INVALID',
    rule: 'connection.identifier-form',
    field: ['input', 'identifier'],
    message: 'An identifier has letters, digits, “-”, “_” or “.”, at most 100, and starts with a letter or digit.',
    hint: 'For example crm-database.',
  };
  return [
    ...(connectors.some((each) => each.identifier === connector) ? [] : [unknown]),
    ...(identifierForm.test(identifier) ? [] : [malformed]),
  ];
}

const nameRefusals = ({ displayName }: { readonly displayName: string }): Refusal[] => {
  const field = ['input', 'displayName'];
  const rule = 'connection.name';
  const length = displayName.trim().length;
  if (length === 0)
    return [{ code: 'BLANK', rule, field, message: 'The name is blank.', hint: 'Give it a name for people.' }];
  if (length <= 200) return [];
  return [{ code: 'TOO_LONG', rule, field, message: 'The name has more than 200 characters.', hint: 'Shorten it.' }];
};

const noSettings: Refusal = {
  code: 'INVALID',
  rule: 'connection.settings-by-name',
  field: [...inSettings],
  message: 'The settings are no object.',
  hint: 'Give an object of settings by their names.',
};

const unknownPackage = (name: string): Refusal => ({
  code: 'NOT_FOUND',
  rule: 'connection.known-package',
  field: ['input', 'packageName'],
  message: `The package «${name}» cannot be loaded.`,
  hint: 'connectorPackages lists those of this installation.',
});

const noKey = (names: readonly string[]): Refusal => ({
  code: 'STATE_CONFLICT',
  rule: 'connection.secrets-are-sealed',
  field: [...inSettings, names[0] ?? ''],
  message: 'Secrets cannot be kept: this server has no key to seal them with.',
  hint: 'Set JOINERY_SECRET_KEY (openssl rand -base64 32) for all processes, and start them again.',
});

const duplicate = (identifier: string): Refusal => ({
  code: 'DUPLICATE',
  rule: 'connection.identifier-once',
  field: ['input', 'identifier'],
  message: `There is a connection «${identifier}» already, in the files or made here.`,
  hint: 'Choose another identifier, or change that connection.',
  subjectId: toGlobalId('ConnectionProfile', identifier),
});

const stale = ({ identifier }: KeptConnection): Refusal => ({
  code: 'STALE_VERSION',
  rule: 'connection.unchanged-meanwhile',
  field: ['id'],
  message: 'Somebody else changed the connection meanwhile.',
  hint: 'Read it again.',
  subjectId: toGlobalId('ConnectionProfile', identifier),
});

/** A connection of the files belongs to whoever keeps the files. */
function unchangeable({ connections }: Configuration, identifier: string | null): Refusal {
  const found = connections.find((connection) => connection.identifier === identifier);
  const base = { rule: 'connection.of-the-files', field: ['id'] } as const;
  if (found === undefined) return { ...base, code: 'NOT_FOUND', message: 'There is no such connection.' };
  return {
    ...base,
    code: 'STATE_CONFLICT',
    message: `The connection «${found.displayName}» stands in the configuration files, under connections: ${found.identifier}.`,
    hint: 'Change it there and apply the files (joinery plan, joinery apply).',
    subjectId: toGlobalId('ConnectionProfile', found.identifier),
  };
}
