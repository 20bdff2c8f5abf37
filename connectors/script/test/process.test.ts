// What scripts do that they should not: hang, flood, break off, eat memory, leave children; and who may be run at all.
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type ApplyOutcome,
  callContext,
  type Change,
  type ConnectorSession,
  type ConnectorSettings,
  type Delta,
  isEndpointSetting,
} from '@joinery/connector-kit';
import script from '@joinery/connector-script';
import { waitFor } from '../../../test/support/wait-for.js';

const types = JSON.stringify({
  objectTypes: [
    {
      name: 'row',
      keyAttribute: 'id',
      attributes: [{ name: 'id' }, { name: 'note' }, { name: 'pin', isWriteOnly: true }],
    },
  ],
});

let folder: string;
let sessions: ConnectorSession[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'script-'));
  sessions = [];
});
afterEach(async () => {
  for (const session of sessions) await session.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A shell script that only its owner may write. */
function file(name: string, body: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o700);
  return path;
}

async function open(bodies: Readonly<Record<string, string>>, more: ConnectorSettings = {}): Promise<ConnectorSession> {
  const all = { describe: `echo '${types}'`, ...bodies };
  const commands = Object.fromEntries(Object.entries(all).map(([name, body]) => [name, [file(`${name}.sh`, body)]]));
  const session = await script.open({ commands, folder, ...more });
  sessions.push(session);
  return session;
}

const delta: Delta = { kind: 'create', objectType: 'row', key: 'r1', set: { note: 'x' }, add: {}, remove: {} };

function create(session: ConnectorSession, timeoutMs = 20_000): Promise<ApplyOutcome> {
  return session.apply(delta, { ...callContext(timeoutMs), idempotencyKey: 'k1' });
}

const read = (session: ConnectorSession, timeoutMs = 20_000): Promise<unknown> =>
  session.read('row', 'r1', callContext(timeoutMs));

async function list(session: ConnectorSession): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const page of session.list('row', callContext(20_000))) keys.push(...page.objects.map(({ key }) => key));
  return keys;
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

describe('a script', () => {
  test('gets its question on standard input, in a clean environment, in the folder of the settings', async () => {
    const session = await open(
      { apply: 'cat > input; env | sort > environment; pwd > folder; echo \'{"outcome":"applied"}\'' },
      { environment: { TOKEN: '${secret}', MODE: 'test' }, secret: 'canary-1', parameters: { server: 'a' } },
    );
    expect(await create(session)).toEqual({ kind: 'applied', key: 'r1' });
    const input = JSON.parse(readFileSync(join(folder, 'input'), 'utf8')) as Record<string, unknown>;
    expect(input).toEqual({
      protocol: 'joinery-script-1',
      operation: 'apply',
      objectType: 'row',
      key: 'r1',
      delta,
      idempotencyKey: 'k1',
      deadlineMs: expect.any(Number),
      settings: { server: 'a', secret: 'canary-1' },
    });
    const variables = readFileSync(join(folder, 'environment'), 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    expect(variables.filter((line) => !/^(PWD|OLDPWD|SHLVL|_)=/.test(line))).toEqual([
      'LANG=C.UTF-8',
      'MODE=test',
      'PATH=/usr/local/bin:/usr/bin:/bin',
      'TOKEN=canary-1',
    ]);
    expect(readFileSync(join(folder, 'folder'), 'utf8').trim()).toBe(folder);
  });

  test('runs by its own command where there is one, and by apply where there is none', async () => {
    const answer = (name: string): string => `touch ran-${name}; echo '{"outcome":"applied"}'`;
    const session = await open({ apply: answer('apply'), create: answer('create') });
    await create(session);
    await session.apply({ ...delta, kind: 'delete' }, { ...callContext(20_000), idempotencyKey: 'k2' });
    expect(['create', 'apply', 'delete'].map((name) => existsSync(join(folder, `ran-${name}`)))).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('that nobody named is a missing capability', async () => {
    const session = await open({});
    await expect(read(session)).rejects.toMatchObject({ failure: { code: 'CAPABILITY_MISSING' } });
    await expect(list(session)).rejects.toMatchObject({ failure: { code: 'CAPABILITY_MISSING' } });
    expect(await create(session)).toMatchObject({ kind: 'refused', failure: { code: 'CAPABILITY_MISSING' } });
  });

  test('that ignores its deadline is killed with everything it started', async () => {
    const session = await open({
      read: 'trap "" TERM; sleep 300 & echo $! > child; echo $$ > parent; while :; do sleep 300; done',
    });
    await session.describe(callContext(20_000));
    await expect(read(session, 700)).rejects.toMatchObject({ failure: { code: 'TIMEOUT' } });
    const pids = ['child', 'parent'].map((name) => Number(readFileSync(join(folder, name), 'utf8')));
    await waitFor(() => pids.every((pid) => !isAlive(pid)), { what: 'the end of the script and its child' });
  });

  test('that leaves children behind answers all the same, and they end', async () => {
    const session = await open({ read: 'sleep 300 & echo $! > child; echo \'{"object":null}\'' });
    expect(await read(session)).toBeNull();
    const child = Number(readFileSync(join(folder, 'child'), 'utf8'));
    await waitFor(() => !isAlive(child), { what: 'the end of the child' });
  });

  test('that eats memory is stopped by the limit (control: without it, it is not)', async () => {
    const body = `x=$(head -c 200000000 /dev/zero | tr '\\0' x); test \${#x} -eq 200000000 && echo '{"object":null}'`;
    const limited = await open({ read: body }, { memoryMegabytes: 100 });
    await expect(read(limited)).rejects.toMatchObject({ failure: { code: 'UNREACHABLE' } });
    expect(await read(await open({ read: body }, { memoryMegabytes: 0 }), 50_000)).toBeNull();
  });

  test('that floods is cut off', async () => {
    const session = await open({ read: 'yes', list: 'yes | tr -d "\\n"' }, { maxAnswerBytes: 100_000 });
    await expect(read(session)).rejects.toThrow(/longer than 100000 bytes/);
    await expect(list(session)).rejects.toThrow(/longer than 100000 bytes/);
  });

  test('that never reads its input does not hold us up', async () => {
    const session = await open({ apply: 'echo \'{"outcome":"applied"}\'' });
    const big = { ...delta, set: { note: 'x'.repeat(5_000_000) } };
    expect(await session.apply(big, { ...callContext(20_000), idempotencyKey: 'k1' })).toMatchObject({
      kind: 'applied',
    });
  });
});

describe('a write whose script', () => {
  test.each([
    ['crashes', 'exit 3', 'exit 3'],
    ['kills itself', 'kill -9 $$', 'SIGKILL'],
    ['says nothing and ends well', 'exit 0', undefined],
    ['answers half', 'printf \'{"outcome":"app\'', 'exit 0'],
    ['answers something else', 'echo \'{"outcome":"perhaps"}\'', undefined],
    ['says no JSON', 'echo done', 'exit 0'],
    ['gives a code nobody knows', 'echo \'{"error":{"code":"WAT"}}\'; exit 1', 'exit 1'],
  ])('%s is unknown', async (_name, body, targetCode) => {
    expect(await create(await open({ apply: body }))).toMatchObject({
      kind: 'unknown',
      failure: { code: 'OUTCOME_UNKNOWN', ...(targetCode === undefined ? {} : { targetCode }) },
    });
  });

  test.each([
    ['CONSTRAINT_VIOLATION', 'refused'],
    ['UNREACHABLE', 'unreachable'],
    ['UNAUTHENTICATED', 'unreachable'],
    ['TIMEOUT', 'unreachable'],
    ['RATE_LIMITED', 'throttled'],
    ['OUTCOME_UNKNOWN', 'unknown'],
  ])('says %s is %s', async (code, kind) => {
    const body = `echo '{"error":{"code":"${code}","message":"So it is.","targetCode":"E7","retryAfterMs":1200}}'; exit 1`;
    expect(await create(await open({ apply: body }))).toMatchObject({
      kind,
      failure: { code, message: 'So it is.', targetCode: 'E7' },
    });
  });

  test('cannot be started was not applied', async () => {
    const session = await open({ apply: 'echo no' }, { folder: join(folder, 'nowhere') });
    expect(await create(session)).toMatchObject({ kind: 'unreachable', failure: { code: 'UNREACHABLE' } });
  });

  test('is stopped in its middle is unknown', async () => {
    const session = await open({ apply: 'touch begun; sleep 300' });
    await session.describe(callContext(20_000));
    expect(await create(session, 1_500)).toMatchObject({ kind: 'unknown' });
    expect(existsSync(join(folder, 'begun'))).toBe(true);
  });
});

describe('standard error', () => {
  test('is kept to its last 2 kB, without the secret, not even half of it', async () => {
    const secret = 'canary-Secret-0123456789-0123456789';
    const noise = 'i=0; while [ $i -lt 400 ]; do echo "$TOKEN line $i" >&2; i=$((i+1)); done; exit 4';
    const session = await open({ read: noise }, { secret, environment: { TOKEN: '${secret}' } });
    const error: unknown = await read(session).catch((reason: unknown) => reason);
    const { targetMessage = '' } = (error as { readonly failure: { readonly targetMessage?: string } }).failure;
    expect(targetMessage).toMatch(/\*\*\* line 399$/);
    expect(Buffer.byteLength(targetMessage)).toBeLessThanOrEqual(2_048);
    expect(targetMessage).not.toContain('0123456789');
  });

  test('does not tell a secret that the script did not finish saying', async () => {
    const session = await open(
      { read: 'printf "denied: canary-Secret-01" >&2; exit 4' },
      { secret: 'canary-Secret-0123' },
    );
    await expect(read(session)).rejects.toMatchObject({ failure: { targetMessage: 'denied:' } });
  });
});

describe('a listing', () => {
  const lines = (count: number): string =>
    `i=0; while [ $i -lt ${count} ]; do echo "{\\"key\\":\\"r$i\\"}"; i=$((i+1)); done`;

  test('comes in pages as fast as it is taken, and the script ends when it is left', async () => {
    const session = await open({ list: `echo $$ > pid; ${lines(100_000)}` });
    for await (const page of session.list('row', callContext(20_000))) {
      expect(page.objects).toHaveLength(500);
      expect(page.objects[0]).toEqual({
        objectType: 'row',
        key: 'r0',
        attributes: { id: 'r0', note: null },
        links: {},
      });
      break;
    }
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    await waitFor(() => !isAlive(pid), { what: 'the end of the script' });
  });

  test.each([
    ['ends with half a line', `${lines(3)}; printf '{"key":'`, /no whole JSON document/],
    ['ends with an exit code', `${lines(3)}; exit 2`, /exit code 2/],
    [
      'ends with an error',
      `${lines(3)}; echo '{"error":{"code":"FORBIDDEN","message":"Not for you."}}'; exit 1`,
      /Not for you/,
    ],
    [
      'says an error and ends well',
      `${lines(3)}; echo '{"error":{"code":"FORBIDDEN","message":"Not for you."}}'`,
      /Not for you/,
    ],
    ['gives a key twice', `${lines(3)}; ${lines(2)}`, /the key "r0" twice/],
    ['has a row without a key', 'echo \'{"id":"r1"}\'', /a row needs a "key"/],
    [
      'has an attribute nobody described',
      'echo \'{"key":"r1","attributes":{"salary":1}}\'',
      /"salary" is no described attribute/,
    ],
    ['has several values where one belongs', 'echo \'{"key":"r1","attributes":{"note":["a"]}}\'', /no single value/],
    ['is not UTF-8', 'printf \'{"key":"\\351"}\\n\'', /no whole JSON document/],
  ])('that %s fails', async (_name, body, message) => {
    await expect(list(await open({ list: body }))).rejects.toThrow(message);
  });

  test('shows no attribute that is only written', async () => {
    const session = await open({ list: 'echo \'{"key":"r1","attributes":{"pin":"1234"}}\'' });
    for await (const page of session.list('row', callContext(20_000)))
      expect(JSON.stringify(page)).not.toContain('1234');
  });
});

describe('changes', () => {
  async function changes(body: string, cookie: string | null): Promise<readonly [readonly Change[], string]> {
    const session = await open({ changes: body });
    const found: Change[] = [];
    let last = '';
    for await (const page of session.changes?.('row', cookie, callContext(20_000)) ?? []) {
      found.push(...page.changes);
      last = page.cookie;
    }
    return [found, last];
  }

  test('come from a command of their own, page by page, each with its cookie', async () => {
    const body = `cat > input; echo '{"kind":"upsert","key":"r1","attributes":{"note":"n"}}'; echo '{"cookie":"c1"}'; echo '{"kind":"delete","key":"r2"}'; echo '{"cookie":"c2"}'`;
    const [found, cookie] = await changes(body, 'c0');
    expect(found.map(({ kind, key }) => [kind, key])).toEqual([
      ['upsert', 'r1'],
      ['delete', 'r2'],
    ]);
    expect(cookie).toBe('c2');
    expect(JSON.parse(readFileSync(join(folder, 'input'), 'utf8'))).toMatchObject({
      operation: 'changes',
      cookie: 'c0',
    });
  });

  test('without a cookie at their end fail, and a refused cookie says so', async () => {
    await expect(changes(`echo '{"kind":"delete","key":"r2"}'`, 'c0')).rejects.toThrow(/its last line is no cookie/);
    const refusing = `echo '{"error":{"code":"COOKIE_REFUSED","message":"it is too old"}}'; exit 1`;
    await expect(changes(refusing, 'c0')).rejects.toMatchObject({ failure: { targetCode: 'COOKIE_REFUSED' } });
  });
});

describe('a program', () => {
  test.each([
    ['others may write', (path: string) => chmodSync(path, 0o757), /others may write it/],
    ['its group may write', (path: string) => chmodSync(path, 0o770), /others may write it/],
    ['cannot be executed', (path: string) => chmodSync(path, 0o600), /it cannot be executed/],
    [
      'is a folder',
      (path: string) => {
        rmSync(path);
        mkdirSync(path);
      },
      /it is no file/,
    ],
    ['others may replace', () => chmodSync(folder, 0o777), /others may replace it/],
  ])('that %s is not run', async (_name, spoil, message) => {
    const session = await open({ apply: 'echo \'{"outcome":"applied"}\'' });
    await session.describe(callContext(20_000));
    spoil(join(folder, 'apply.sh'));
    expect(await create(session)).toMatchObject({
      kind: 'refused',
      failure: { code: 'FORBIDDEN', message: expect.stringMatching(message) },
    });
  });

  (process.getuid?.() === 0 ? describe : describe.skip)('given away, which only root can do,', () => {
    test('is not run', async () => {
      const session = await open({ check: 'echo {}' });
      chownSync(join(folder, 'check.sh'), 65534, 65534);
      await expect(session.check(callContext(20_000))).rejects.toMatchObject({ failure: { code: 'FORBIDDEN' } });
    });
  });

  test('given to an interpreter is looked at, too', async () => {
    const path = file('loose.sh', 'echo {}');
    chmodSync(path, 0o777);
    const session = await script.open({ commands: { describe: ['/bin/sh', path] } });
    await expect(session.check(callContext(20_000))).rejects.toThrow(/loose\.sh: others may write it/);
  });

  test('that is not there is unreachable, and found when it is back', async () => {
    const session = await open({ check: 'echo {}' });
    rmSync(join(folder, 'check.sh'));
    await expect(session.check(callContext(20_000))).rejects.toMatchObject({ failure: { code: 'UNREACHABLE' } });
    file('check.sh', 'echo {}');
    await session.check(callContext(20_000));
  });
});

describe('settings', () => {
  const command = ['/bin/true'];
  test.each([
    [
      'a program without its folder',
      { commands: { describe: ['true'] } },
      /"commands.describe" must begin with the absolute path/,
    ],
    ['no description', { commands: { read: command } }, /describe/],
    ['an operation nobody knows', { commands: { describe: command, reboot: command } }, /reboot/],
    [
      'a folder that is not absolute',
      { commands: { describe: command }, folder: 'here' },
      /"folder" must be an absolute path/,
    ],
    ['a variable that is none', { commands: { describe: command }, environment: { 'A=B': 'x' } }, /environment/],
    [
      'a secret that is not there',
      { commands: { describe: command }, environment: { A: '${secret}' } },
      /"environment.A" names the secret/,
    ],
  ])('with %s are refused', async (_name, settings, message) => {
    await expect(script.open(settings)).rejects.toThrow(message);
  });
});

test.each([
  ['commands', true],
  ['folder', true],
  ['parameters', true],
  ['environment', true],
  ['memoryMegabytes', false],
])('the secret is given anew where "%s" changes: %p', (setting, expected) => {
  expect(isEndpointSetting(script.settingsSchema, setting)).toBe(expected);
});
