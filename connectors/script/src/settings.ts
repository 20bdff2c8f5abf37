// The settings of a script connection: their schema, and the shape the code works with.
// Owns defaults and what the schema cannot say.
import { isAbsolute } from 'node:path';
import { ConnectorError, type ConnectorSettings, type SettingsSchema } from '@joinery/connector-kit';

export const operations = [
  'describe',
  'check',
  'read',
  'list',
  'changes',
  'apply',
  'create',
  'update',
  'delete',
] as const;
export type Operation = (typeof operations)[number];

export interface ScriptSettings {
  /** Program and arguments of each operation there is; never given to a shell. */
  readonly commands: Readonly<Partial<Record<Operation, readonly string[]>>>;
  readonly folder: string;
  /** The whole environment of a script. */
  readonly environment: Readonly<Record<string, string>>;
  /** Handed over on standard input only. */
  readonly secret: string | null;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** null: no limit. */
  readonly memoryBytes: number | null;
  /** Longest answer, or line of a listing. */
  readonly maxAnswerBytes: number;
}

const command = {
  type: 'array',
  minItems: 1,
  items: { type: 'string', minLength: 1, pattern: '^[^\\u0000]*$' },
} as const;

const meanings: Readonly<Record<Operation, string>> = {
  describe: 'says which object types there are',
  check: 'says whether the system is there (default: describe)',
  read: 'gives one row',
  list: 'gives all rows',
  changes: 'gives what changed (default: list, compared with the last time)',
  apply: 'makes a change, for create, update and delete that have no command of their own',
  create: 'makes a row',
  update: 'changes a row',
  delete: 'deletes a row',
};

export const scriptSettingsSchema: SettingsSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['commands'],
  properties: {
    commands: {
      type: 'object',
      additionalProperties: false,
      required: ['describe'],
      description: 'Program (an absolute path) and arguments of each operation.',
      properties: Object.fromEntries(
        operations.map((name) => [name, { ...command, description: `The command that ${meanings[name]}.` }]),
      ),
    },
    folder: {
      type: 'string',
      minLength: 1,
      description: 'The working folder of the scripts, an absolute path (default /).',
    },
    environment: {
      type: 'object',
      additionalProperties: { type: 'string', pattern: '^[^\\u0000]*$' },
      propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
      // Scripts are told by them where to go: with others, the secret is given anew.
      'x-endpoint': true,
      description: 'Variables of the scripts besides PATH and LANG. "${secret}" as a value stands for the secret.',
    },
    secret: {
      type: 'string',
      minLength: 1,
      'x-secret': true,
      description: 'A credential, handed over on standard input.',
    },
    parameters: {
      type: 'object',
      'x-endpoint': true,
      description: 'Anything the scripts need, handed over on standard input.',
    },
    memoryMegabytes: {
      type: 'integer',
      minimum: 0,
      description: 'Most address space of a script (default 1024; 0: no limit).',
    },
    maxAnswerBytes: {
      type: 'integer',
      minimum: 1024,
      description: 'Longest answer, or line of a listing, in bytes (default 16 MB).',
    },
  },
};

interface ConfiguredSettings {
  readonly commands: ScriptSettings['commands'];
  readonly folder?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly secret?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly memoryMegabytes?: number;
  readonly maxAnswerBytes?: number;
}

const defaultEnvironment = { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8' };

/** The settings with their defaults; throws INVALID_VALUE when a path is not absolute or the secret is missing. */
export function scriptSettings(settings: ConnectorSettings): ScriptSettings {
  // The kit has checked the settings against the schema above.
  const configured = settings as unknown as ConfiguredSettings;
  const problem = settingsProblem(configured);
  if (problem !== null)
    throw new ConnectorError({
      code: 'INVALID_VALUE',
      message: problem,
      hint: 'Correct the settings of the connection.',
    });
  const memoryMegabytes = configured.memoryMegabytes ?? 1024;
  return {
    commands: configured.commands,
    folder: configured.folder ?? '/',
    environment: { ...defaultEnvironment, ...withSecret(configured) },
    secret: configured.secret ?? null,
    parameters: configured.parameters ?? {},
    memoryBytes: memoryMegabytes === 0 ? null : memoryMegabytes * 1024 * 1024,
    maxAnswerBytes: configured.maxAnswerBytes ?? 16 * 1024 * 1024,
  };
}

function withSecret({ environment = {}, secret = '' }: ConfiguredSettings): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, value === secretMark ? secret : value]),
  );
}

// How the settings name the secret; not a template.
const secretMark = '${secret}';

function settingsProblem({ commands, folder, environment, secret }: ConfiguredSettings): string | null {
  const relative = operations.find((name) => commands[name] !== undefined && !isAbsolute(commands[name][0] ?? ''));
  if (relative !== undefined)
    return `The setting "commands.${relative}" must begin with the absolute path of a program.`;
  if (folder !== undefined && !isAbsolute(folder)) return 'The setting "folder" must be an absolute path.';
  const named = Object.entries(environment ?? {}).find(([, value]) => value === secretMark);
  if (named !== undefined && secret === undefined)
    return `The setting "environment.${named[0]}" names the secret, and the setting "secret" is missing.`;
  return null;
}
