// What somebody asks a connection made through the API to be: which settings stay open, which secrets are kept, given anew or
// cleared because they would be sent to another place. Owns these rules; whether settings fit their package is the package's.
import { canonicalText } from './configuration-change.js';
import type { Refusal } from './refusal.js';

export type Settings = Readonly<Record<string, unknown>>;

export interface SettingsBefore {
  readonly settings: Settings;
  /** Names of the secrets that are kept. */
  readonly secrets: readonly string[];
}

/** What the package says about its settings. */
export interface SettingsKind {
  readonly secretSettings: readonly string[];
  saysWhere(setting: string): boolean;
}

export interface SettingsChange {
  readonly open: Settings;
  readonly given: Readonly<Record<string, string>>;
  /** Names. */
  readonly kept: readonly string[];
  /** Names of secrets that go because of `moved`. */
  readonly cleared: readonly string[];
  /** Names of settings that say where the system is and are others now. */
  readonly moved: readonly string[];
}

/** `before` null: a new connection. A secret left out is kept, one that is null goes. */
export function changeOfSettings(kind: SettingsKind, input: Settings, before: SettingsBefore | null): SettingsChange {
  const isSecret = (name: string): boolean => kind.secretSettings.includes(name);
  const open = Object.fromEntries(Object.entries(input).filter(([name, value]) => !isSecret(name) && value !== null));
  const given = Object.fromEntries(
    Object.entries(input).flatMap(([name, value]): [string, string][] =>
      isSecret(name) && typeof value === 'string' ? [[name, value]] : [],
    ),
  );
  const stay = (before?.secrets ?? []).filter((name) => given[name] === undefined && input[name] !== null);
  const moved = before === null ? [] : movedSettings(kind, before.settings, open);
  return moved.length === 0
    ? { open, given, kept: stay, cleared: [], moved }
    : { open, given, kept: [], cleared: stay, moved };
}

function movedSettings(kind: SettingsKind, before: Settings, after: Settings): readonly string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.filter(
    (name) => kind.saysWhere(name) && canonicalText(before[name] ?? null) !== canonicalText(after[name] ?? null),
  );
}

/** What the package checks: secrets that are kept stand in as a text, whose own problems are none. */
export const settingsToCheck = ({ open, given, kept }: SettingsChange): Settings => ({
  ...open,
  ...given,
  ...Object.fromEntries(kept.map((name) => [name, 'kept'])),
});

/** Forms that only files may use, and secrets that are no text. `place`: path of the settings in the input. */
export function settingsRefusals(
  kind: SettingsKind,
  input: Settings,
  before: SettingsBefore | null,
  place: readonly string[],
): readonly Refusal[] {
  return Object.entries(input).flatMap(([name, value]) => {
    const field = [...place, name];
    if (kind.secretSettings.includes(name)) return secretRefusals(name, value, before, field);
    return specialWords(value).map(
      (key): Refusal => ({
        code: 'INVALID',
        rule: 'connection.plain-settings',
        field,
        message: `The setting "${name}" holds ${key}, which only configuration files may use.`,
        hint: 'Write the value itself. What the server keeps in files or variables is for its own configuration.',
      }),
    );
  });
}

function secretRefusals(
  name: string,
  value: unknown,
  before: SettingsBefore | null,
  field: readonly string[],
): readonly Refusal[] {
  if (typeof value === 'string' || value === null) return [];
  const isMarker = isRecord(value) && value.$secret === true && Object.keys(value).length === 1;
  if (isMarker && before?.secrets.includes(name) === true) return [];
  const message = isMarker
    ? `The secret "${name}" is to be kept, but none is set.`
    : `The secret "${name}" must be a text.`;
  return [
    {
      code: isMarker ? 'BLANK' : 'INVALID',
      rule: 'connection.secret-form',
      field,
      message,
      hint: 'Give the secret itself.',
    },
  ];
}

/** Keys that begin with $, and placeholders other than that of the data folder, at any depth. */
function specialWords(value: unknown): readonly string[] {
  if (typeof value === 'string')
    return [...value.matchAll(/\$\{([^}]*)\}/g)].flatMap(([whole, name]) => (name === 'dataFolder' ? [] : [whole]));
  if (Array.isArray(value)) return value.flatMap(specialWords);
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key.startsWith('$') ? [key] : specialWords(inner)));
}

const isRecord = (value: unknown): value is Settings =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `objectTypes[0].table` → objectTypes, 0, table. */
export const settingPath = (setting: string): readonly string[] =>
  setting.split(/[.[\]]/).filter((part) => part !== '');
