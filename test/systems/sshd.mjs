// A real OpenSSH server on a free port of 127.0.0.1, and account files of its own below a folder: programs of the shadow
// suite change those with `--prefix`, never the machine's. Owns starting it and the test's own hands on the files.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import {
  ensurePrograms,
  freePort,
  programEnvironment,
  runProgram,
  startServer,
  stopServer,
  untilReady,
} from './program.mjs';

const needed = {
  sshd: 'openssh-server',
  'ssh-keygen': 'openssh-client',
  useradd: 'passwd',
  openssl: 'openssl',
  setpriv: 'util-linux',
};

/** `folder`: an empty folder that everybody may enter. `bin`: a folder whose programs stand before the system's. */
export async function startSshd({ folder, bin = null }) {
  if (process.getuid?.() !== 0)
    throw new Error(
      'The tests of account files need root: useradd writes files that belong to root. Run them as root.',
    );
  ensurePrograms('A test of a Linux host', needed);
  const at = (name) => join(folder, name);
  for (const path of ['root/etc', 'root/home', 'keys']) mkdirSync(at(path), { recursive: true, mode: 0o755 });
  mkdirSync('/run/sshd', { recursive: true });
  for (const name of ['host', 'service', 'stranger'])
    runProgram(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', at(`keys/${name}`)]);
  const port = await freePort();
  writeFileSync(at('config'), configuration({ at, port, bin }));
  const server = startServer(['sshd', '-D', '-f', at('config'), '-E', at('log')]);
  await untilReady(`sshd on 127.0.0.1:${port}`, server, () => greets(port));
  return {
    host: '127.0.0.1',
    port,
    user: userInfo().username,
    privateKey: readFileSync(at('keys/service'), 'utf8'),
    strangersKey: readFileSync(at('keys/stranger'), 'utf8'),
    hostKey: runProgram(['ssh-keygen', '-lf', at('keys/host.pub')]).split(' ')[1],
    root: at('root'),
    stop: () => stopServer(server),
  };
}

// HOME: the start-up files of the account's shell are no part of a test, and may take long.
const configuration = ({ at, port, bin }) => `ListenAddress 127.0.0.1
Port ${port}
HostKey ${at('keys/host')}
PidFile none
AuthorizedKeysFile ${at('keys/service.pub')}
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
PermitRootLogin prohibit-password
StrictModes no
MaxStartups 100
MaxSessions 8
SetEnv HOME=${at('root/home')} PATH=${bin === null ? '' : `${bin}:`}${programEnvironment.PATH}
`;

const greets = (port) =>
  new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.once('data', () => socket.end(() => resolve(true)));
    socket.once('error', () => resolve(false));
  });

/** Empties the account files: root and a few of the system's own, as on a new host. */
export function resetAccounts(root) {
  const etc = (name) => join(root, 'etc', name);
  writeFileSync(etc('passwd'), 'root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n');
  writeFileSync(etc('shadow'), 'root:*:19000:0:99999:7:::\ndaemon:*:19000:0:99999:7:::\n', { mode: 0o600 });
  writeFileSync(etc('group'), 'root:x:0:\ndaemon:x:1:\nwheel:x:10:root\n');
  writeFileSync(etc('gshadow'), 'root:*::\ndaemon:*::\nwheel:*::root\n', { mode: 0o600 });
  writeFileSync(
    etc('login.defs'),
    'UID_MIN 1000\nUID_MAX 60000\nGID_MIN 1000\nGID_MAX 60000\nENCRYPT_METHOD SHA512\nUSERGROUPS_ENAB yes\n',
  );
}
