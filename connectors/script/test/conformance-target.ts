// A small system that a real script manages, as the conformance suite wants it; the test's own hand is on its file.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConformanceTarget, ConnectorSettings, ScalarValue, Switch } from '@joinery/connector-kit';
import script from '@joinery/connector-script';
import { ensurePrograms, programPath } from '../../../test/systems/program.mjs';

interface Row {
  readonly attributes: Readonly<Record<string, ScalarValue>>;
  readonly links: Readonly<Record<string, readonly string[]>>;
}

interface State {
  readonly account: Record<string, Row>;
  readonly team: Record<string, Row>;
  readonly done: string[];
}

const secret = 'canary-Right/5f2c@';
const operations = ['describe', 'check', 'read', 'list', 'apply'] as const;

/** The interpreter itself: a wrapper that looks for it takes long. */
export function python(): string {
  ensurePrograms('A script of the test', { python3: 'python3' });
  return existsSync('/usr/bin/python3') ? '/usr/bin/python3' : String(programPath('python3'));
}

/** A copy of the script that only its owner may write, as the package demands. */
export function installedScript(folder: string): string {
  const path = join(folder, 'system.py');
  copyFileSync(fileURLToPath(new URL('./script-target/system.py', import.meta.url)), path);
  chmodSync(path, 0o755);
  return path;
}

export function systemSettings(root: string, more: ConnectorSettings = {}): ConnectorSettings {
  const command = [python(), '-I', '-S', installedScript(root)];
  return {
    commands: Object.fromEntries(operations.map((operation) => [operation, command])),
    parameters: { folder: join(root, 'live') },
    secret,
    ...more,
  };
}

export function scriptConformanceTarget(root: string): ConformanceTarget {
  const folder = join(root, 'live');
  const path = join(folder, 'state.json');
  const load = (): State => JSON.parse(readFileSync(path, 'utf8')) as State;
  const save = (state: State): void => writeFileSync(path, JSON.stringify(state));
  const edit = (key: string, change: (row: Row) => Row | null): void => {
    const state = load();
    const changed = change(state.account[key] ?? { attributes: {}, links: {} });
    const others = Object.entries(state.account).filter(([known]) => known !== key);
    save({
      ...state,
      account: Object.fromEntries([...others, ...(changed === null ? [] : [[key, changed] as const])]),
    });
  };
  const teamsOf = ({ links }: Row): readonly string[] => links.teams ?? [];
  const fault = (kind: string): Switch => ({
    start: async () => writeFileSync(join(folder, 'fault'), kind),
    stop: async () => rmSync(join(folder, 'fault')),
  });
  const settings = systemSettings(root);
  return {
    connector: script,
    settings,
    wrongCredentials: { ...settings, secret: 'canary-Wrong/81aa@' },
    objectType: 'account',
    attributes: ['name', 'mail'],
    key: (n) => `u${String(n).padStart(6, '0')}`,
    reset: async () => {
      mkdirSync(folder, { recursive: true });
      save({ account: {}, team: {}, done: [] });
    },
    outside: {
      insert: async (rows) => {
        const state = load();
        const made = rows.map(
          ({ key, attributes }) => [key, { attributes: { active: true, ...attributes }, links: {} }] as const,
        );
        save({ ...state, account: { ...state.account, ...Object.fromEntries(made) } });
      },
      keys: async () => Object.keys(load().account),
    },
    link: {
      objectType: 'account',
      name: 'teams',
      memberKey: (n) => `t${n}`,
      prepare: async (count) => {
        const teams = Array.from({ length: count }, (_unused, n) => [`t${n}`, { attributes: {}, links: {} }] as const);
        save({ ...load(), team: Object.fromEntries(teams) });
      },
      addFromOutside: async (key, member) =>
        edit(key, (row) => ({ ...row, links: { teams: [...teamsOf(row), member].sort() } })),
      removeFromOutside: async (key, member) =>
        edit(key, (row) => ({ ...row, links: { teams: teamsOf(row).filter((known) => known !== member) } })),
      unknownMember: 't-nobody',
    },
    incremental: {
      change: async (key, attributes) =>
        edit(key, (row) => ({ ...row, attributes: { ...row.attributes, ...attributes } })),
      remove: async (key) => edit(key, () => null),
      rename: async (key, to) => {
        const row = load().account[key] ?? { attributes: {}, links: {} };
        edit(key, () => null);
        edit(to, () => row);
      },
      corruptCookies: ['', 'comparison-1', 'comparison-1.x.y'],
    },
    disabling: { isDisabled: async (key) => load().account[key]?.attributes.active === false },
    password: {
      value: (n) => `canary-Password/${n}`,
      accepts: async (key, password) => load().account[key]?.attributes.password === password,
      refused: 'pw-7!',
    },
    readOnlyAttribute: 'since',
    hasSlowCalls: true,
    outage: {
      start: async () => renameSync(folder, `${folder}.away`),
      stop: async () => renameSync(`${folder}.away`, folder),
    },
    hang: { ...fault('hang'), of: 'everything' },
    lostAnswer: fault('lost'),
    brokenListing: fault('broken'),
    halfAnswer: fault('half'),
    throttling: { ...fault('busy'), retryAfterMs: 1_700 },
  };
}
