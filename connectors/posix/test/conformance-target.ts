// A Linux host as the conformance suite wants it: a real sshd, account files of its own, a network that can fail, and the
// test's own hands on the files.
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import posix from '@joinery/connector-posix';
import {
  type ConformanceTarget,
  type NetworkFault,
  type ScalarValue,
  startFaultProxy,
  type Switch,
} from '@joinery/connector-kit';
import { runProgram } from '../../../test/systems/program.mjs';
import { resetAccounts, startSshd } from '../../../test/systems/sshd.mjs';

export interface PosixGround {
  readonly target: ConformanceTarget;
  readonly root: string;
  close(): Promise<void>;
}

/** Stands before the program of that name: does its work, then, while there is a file `cut`, waits for ever. */
const stalling = (folder: string, program: string): string => `#!/bin/sh
/usr/sbin/${program} "$@"; c=$?
[ -e ${folder}/cut ] && echo $$ >> ${folder}/waiting && : > ${folder}/done && exec sleep 600
exit $c
`;

export async function preparePosixGround(): Promise<PosixGround> {
  const folder = mkdtempSync(join(tmpdir(), 'posix-connector-'));
  chmodSync(folder, 0o755);
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const program of ['useradd', 'usermod', 'userdel'])
    writeFileSync(join(bin, program), stalling(folder, program), { mode: 0o755 });
  const sshd = await startSshd({ folder, bin });
  const proxy = await startFaultProxy({ host: sshd.host, port: sshd.port });
  const { root, user, privateKey, hostKey } = sshd;
  const settings = { host: '127.0.0.1', port: proxy.port, user, privateKey, hostKey, root, connectTimeoutMs: 5_000 };
  const during = (fault: NetworkFault): Switch => ({
    start: async () => proxy.set(fault),
    stop: async () => proxy.set({}),
  });
  return {
    root,
    target: {
      connector: posix,
      settings,
      wrongCredentials: { ...settings, privateKey: sshd.strangersKey },
      ...hands(root),
      unsupportedText: [
        { text: ',', reason: 'a comma ends a part of the comment field' },
        { text: ':', reason: 'a colon ends a field of the account files' },
        { text: '\n', reason: 'a line end ends an account' },
        { text: '\r', reason: 'a line end ends an account' },
      ],
      outage: during({ down: true }),
      hang: { ...during({ silent: true }), of: 'everything' },
      lostAnswer: lostAnswer(folder, proxy),
      brokenListing: during({ cutAfterBytes: 40_000 }),
      halfAnswer: during({ cutAfterBytes: 100 }),
    },
    close: async () => {
      await proxy.close();
      await sshd.stop();
      endWaiting(folder);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

// Nobody else ends them: their connection is cut.
function endWaiting(folder: string): void {
  const file = join(folder, 'waiting');
  for (const pid of existsSync(file) ? linesOf(file) : []) spawnSync('kill', [pid]);
}

const commentOf = ({ fullName, room }: Readonly<Record<string, ScalarValue>>): string =>
  [fullName ?? '', room ?? ''].join(',').replace(/,+$/, '');

type Hands = Omit<ConformanceTarget, 'connector' | 'settings'>;

const linesOf = (path: string): readonly string[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '');

function hands(root: string): Hands {
  const etc = (name: string): string => join(root, 'etc', name);
  const append = (name: string, lines: readonly string[]): void =>
    appendFileSync(etc(name), lines.map((line) => `${line}\n`).join(''));
  const replaceLine = (name: string, key: string, change: (fields: string[]) => string[] | null): void => {
    const lines = linesOf(etc(name)).flatMap((line) => {
      const fields = line.split(':');
      const changed = fields[0] === key ? change(fields) : fields;
      return changed === null ? [] : [`${changed.join(':')}\n`];
    });
    writeFileSync(etc(name), lines.join(''));
  };
  const idOf = (n: number): number => 1_000 + n;
  return {
    objectType: 'user',
    attributes: ['fullName', 'room'],
    key: (n) => `u${String(n).padStart(6, '0')}`,
    plainKeysOnly: 'a login is lower case letters and digits only',
    reset: async () => resetAccounts(root),
    outside: {
      insert: async (rows) => {
        const from = linesOf(etc('passwd')).length;
        append(
          'passwd',
          rows.map(
            ({ key, attributes }, n) => `${key}:x:${idOf(from + n)}:100:${commentOf(attributes)}:/home/${key}:/bin/sh`,
          ),
        );
        append(
          'shadow',
          rows.map(({ key }) => `${key}:!:19000:0:99999:7:::`),
        );
      },
      keys: async () =>
        linesOf(etc('passwd'))
          .map((line) => line.split(':'))
          .filter(([, , uid]) => Number(uid) >= 1_000)
          .map(([name = '']) => name)
          .sort(),
    },
    link: {
      objectType: 'user',
      name: 'groups',
      memberKey: (n) => `g${n}`,
      prepare: async (count) => {
        const there = new Set(linesOf(etc('group')).map((line) => line.split(':')[0]));
        const missing = Array.from({ length: count }, (_unused, n) => n).filter((n) => !there.has(`g${n}`));
        append(
          'group',
          missing.map((n) => `g${n}:x:${idOf(n) + 20_000}:`),
        );
        append(
          'gshadow',
          missing.map((n) => `g${n}:!::`),
        );
      },
      addFromOutside: async (key, member) =>
        replaceLine('group', member, ([name = '', x = '', gid = '', list = '']) => [
          name,
          x,
          gid,
          list === '' ? key : `${list},${key}`,
        ]),
      removeFromOutside: async (key, member) =>
        replaceLine('group', member, ([name = '', x = '', gid = '', list = '']) => [
          name,
          x,
          gid,
          list
            .split(',')
            .filter((each) => each !== key)
            .join(','),
        ]),
      unknownMember: 'g-nobody',
    },
    biggestGroup: 200,
    hasSlowCalls: true,
    readOnlyAttribute: 'hasPassword',
    incremental: {
      change: async (key, attributes) =>
        replaceLine('passwd', key, (fields) => {
          const [fullName, room] = (fields[4] ?? '').split(',');
          return fields.with(4, commentOf({ fullName: fullName ?? null, room: room ?? null, ...attributes }));
        }),
      remove: async (key) => {
        replaceLine('passwd', key, () => null);
        replaceLine('shadow', key, () => null);
      },
      corruptCookies: ['', 'nonsense', 'AAAA'],
    },
    disabling: {
      isDisabled: async (key) =>
        linesOf(etc('shadow')).some((line) => line.startsWith(`${key}:!`) && line.split(':')[7] === '1'),
    },
    password: {
      value: (n) => `Corr3ct-horse'"$${n}`,
      accepts: async (key, password) => {
        const hash =
          linesOf(etc('shadow'))
            .find((line) => line.startsWith(`${key}:`))
            ?.split(':')[1] ?? '';
        const salt = /^\$6\$([^$]+)\$/.exec(hash)?.[1];
        if (salt === undefined) return false;
        return (
          runProgram(['openssl', 'passwd', '-6', '-salt', salt, '-stdin'], { input: `${password}\n` }).trim() === hash
        );
      },
    },
  };
}

/** SSH is encrypted, so the proxy cannot tell a write by its text: the program itself says when it has done its work. */
function lostAnswer(folder: string, proxy: Awaited<ReturnType<typeof startFaultProxy>>): Switch {
  let timer: ReturnType<typeof setInterval> | undefined;
  return {
    start: async () => {
      writeFileSync(join(folder, 'cut'), '');
      timer = setInterval(() => {
        if (!existsSync(join(folder, 'done'))) return;
        clearInterval(timer);
        rmSync(join(folder, 'cut'), { force: true });
        proxy.set({ down: true });
        proxy.set({});
      }, 20);
    },
    stop: async () => {
      clearInterval(timer);
      for (const name of ['cut', 'done']) rmSync(join(folder, name), { force: true });
    },
  };
}
