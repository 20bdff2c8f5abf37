// What is particular to a host: authorised keys, members of groups, the host's own key, rights by sudo, and words that a
// shell would take for commands.
import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type ConnectorSession, type Delta, callContext } from '@joinery/connector-kit';
import posix from '@joinery/connector-posix';
import { ensurePrograms, runProgram } from '../../../test/systems/program.mjs';
import { preparePosixGround } from './conformance-target.js';

const ground = await preparePosixGround();
const { settings, reset } = ground.target;
const session: ConnectorSession = await posix.open(settings);
afterAll(async () => {
  await session.close();
  await ground.close();
});
beforeEach(() => reset());

const context = () => callContext(20_000);
const etc = (name: string): string => readFileSync(join(ground.root, 'etc', name), 'utf8');

function apply(kind: Delta['kind'], objectType: string, key: string, rest: Partial<Delta> = {}, by = session) {
  const delta: Delta = { kind, objectType, key, set: {}, add: {}, remove: {}, ...rest };
  return by.apply(delta, { ...context(), idempotencyKey: `${kind} ${key}` });
}

const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJqfW4fVb0yq5q8zO2nKk0J9WZt8bJ6n6u0n0V0Qm0aa';

async function camille(): Promise<string> {
  expect(await apply('create', 'user', 'camille', { set: { fullName: 'Camille Roy' } })).toMatchObject({
    kind: 'applied',
  });
  return join(ground.root, 'home/camille/.ssh/authorized_keys');
}

describe('authorised keys', () => {
  test('are added with the rights of their owner, seen, and taken away again', async () => {
    const path = await camille();
    const set = { publicKey, options: 'no-pty,command="echo hello"' };
    expect(await apply('create', 'authorizedKey', 'camille/laptop', { set })).toMatchObject({ kind: 'applied' });
    expect(readFileSync(path, 'utf8')).toBe(`no-pty,command="echo hello" ${publicKey} laptop\n`);
    const [uid, mode] = [statSync(path).uid, statSync(path).mode & 0o777];
    expect([uid, mode]).toEqual([Number(etc('passwd').match(/^camille:x:(\d+)/m)?.[1]), 0o600]);
    expect(await session.read('authorizedKey', 'camille/laptop', context())).toMatchObject({
      attributes: { user: 'camille', publicKey, options: 'no-pty,command="echo hello"' },
    });
    expect(await apply('create', 'authorizedKey', 'camille/laptop', { set })).toMatchObject({ kind: 'alreadySo' });
    expect(await apply('delete', 'authorizedKey', 'camille/laptop')).toMatchObject({ kind: 'applied' });
    expect(await apply('delete', 'authorizedKey', 'camille/laptop')).toMatchObject({ kind: 'alreadySo' });
    expect(readFileSync(path, 'utf8')).toBe('');
  });

  test('leave the lines of others as they are', async () => {
    const path = await camille();
    await apply('create', 'authorizedKey', 'camille/laptop', { set: { publicKey } });
    const others = `# by hand\n\n${publicKey} two words\nnot a key at all  \n`;
    writeFileSync(path, others + readFileSync(path, 'utf8'));
    expect(await apply('delete', 'authorizedKey', 'camille/laptop')).toMatchObject({ kind: 'applied' });
    expect(readFileSync(path, 'utf8')).toBe(others);
  });

  test('never reach through a link that the owner has put there', async () => {
    const path = await camille();
    const victim = join(ground.root, 'etc/login.defs');
    const before = readFileSync(victim, 'utf8');
    await apply('create', 'authorizedKey', 'camille/laptop', { set: { publicKey } });
    runProgram(['rm', path]);
    symlinkSync(victim, path);
    await apply('create', 'authorizedKey', 'camille/other', { set: { publicKey } });
    expect(readFileSync(victim, 'utf8')).toBe(before);
  });

  test('of somebody who is not there are refused', async () => {
    const outcome = await apply('create', 'authorizedKey', 'nobody-here/laptop', { set: { publicKey } });
    expect(outcome).toMatchObject({ kind: 'refused', failure: { code: 'CONSTRAINT_VIOLATION' } });
  });
});

describe('groups', () => {
  test('take members by delta, and lose them', async () => {
    for (const name of ['ann', 'bob', 'eve']) await apply('create', 'user', name);
    expect(await apply('create', 'group', 'crew', { add: { members: ['ann', 'bob'] } })).toMatchObject({
      kind: 'applied',
    });
    expect(await session.read('group', 'crew', context())).toMatchObject({ links: { members: ['ann', 'bob'] } });
    const change = { add: { members: ['eve', 'bob'] }, remove: { members: ['ann'] } };
    expect(await apply('update', 'group', 'crew', change)).toMatchObject({ kind: 'applied' });
    expect(await session.read('group', 'crew', context())).toMatchObject({ links: { members: ['bob', 'eve'] } });
    expect(await session.read('user', 'eve', context())).toMatchObject({ links: { groups: ['crew'] } });
  });

  test('of the system are neither shown nor changed', async () => {
    expect(await session.read('group', 'wheel', context())).toBeNull();
    await apply('create', 'user', 'ann');
    expect(await apply('update', 'group', 'wheel', { add: { members: ['ann'] } })).toMatchObject({
      kind: 'refused',
      failure: { code: 'NOT_FOUND' },
    });
    expect(etc('group')).toContain('wheel:x:10:root\n');
  });
});

describe('words that a shell would take for commands', () => {
  const marks = ["'; touch PWNED; '", '$(touch PWNED)', '`touch PWNED`', '-Z', '"$S rm"'];

  test.each(marks)('stay text: %s', async (text) => {
    expect(await apply('create', 'user', 'ann', { set: { fullName: text, room: text } })).toMatchObject({
      kind: 'applied',
    });
    expect(await session.read('user', 'ann', context())).toMatchObject({ attributes: { fullName: text, room: text } });
    expect(existsSync(join(ground.root, 'PWNED'))).toBe(false);
  });

  test('are no names', async () => {
    for (const name of ['-r', 'a b', 'A', 'a;b', '../x', 'root:x'])
      expect(await apply('create', 'user', name)).toMatchObject({
        kind: 'refused',
        failure: { code: 'INVALID_VALUE' },
      });
  });
});

describe('a host', () => {
  test('with another key than the settings say is not talked to', async () => {
    const stranger = await posix.open({ ...settings, hostKey: `SHA256:${'A'.repeat(43)}` });
    await expect(stranger.check(context())).rejects.toMatchObject({
      failure: { code: 'UNREACHABLE', message: expect.stringContaining('its key is SHA256:') },
    });
    await stranger.close();
  });

  test('is changed with sudo where the account is not root', async () => {
    ensurePrograms('A test of sudo', { sudo: 'sudo' });
    const careful = await posix.open({ ...settings, sudo: true });
    expect(await apply('create', 'user', 'ann', { set: { password: 'Corr3ct horse' } }, careful)).toMatchObject({
      kind: 'applied',
    });
    expect(await apply('create', 'authorizedKey', 'ann/phone', { set: { publicKey } }, careful)).toMatchObject({
      kind: 'applied',
    });
    expect(await careful.read('authorizedKey', 'ann/phone', context())).toMatchObject({ attributes: { publicKey } });
    await careful.close();
  });

  test('refuses an empty password, and makes nobody', async () => {
    const refused = await apply('create', 'user', 'ann', { set: { password: '' } });
    expect(refused).toMatchObject({ kind: 'refused', failure: { code: 'INVALID_VALUE' } });
    expect(await session.read('user', 'ann', context())).toBeNull();
  });

  test('has each user disabled and enabled again with its password', async () => {
    await apply('create', 'user', 'ann', { set: { password: 'Corr3ct horse', enabled: false } });
    const hash = /^ann:!?(\$6\$[^:]+)/m.exec(etc('shadow'))?.[1];
    expect(hash).toBeDefined();
    expect(await apply('update', 'user', 'ann', { set: { enabled: true } })).toMatchObject({ kind: 'applied' });
    expect(etc('shadow')).toContain(`ann:${hash}:`);
  });
});
