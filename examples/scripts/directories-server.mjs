// What directories.mjs stands on: an OpenLDAP, a Samba domain unless it is left out, the program in a temporary folder, and
// hands that change the directories without Joinery.
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startOpenLdap } from '../../test/systems/openldap.mjs';
import {
  freePort,
  programEnvironment,
  programPath,
  runProgram,
  startServer,
  stopServer,
} from '../../test/systems/program.mjs';
import { startSamba } from '../../test/systems/samba.mjs';
import { directory, domain, placesOf } from '../directories/company.mjs';
import { startProgram } from './program.mjs';

const example = fileURLToPath(new URL('../directories/configuration', import.meta.url));

/** `hr`: the HR file. */
export async function startDirectories({ hr, withDomain }) {
  const folder = mkdtempSync(join(tmpdir(), 'joinery-directories-'));
  // Servers that give up root's rights must reach what is theirs.
  chmodSync(folder, 0o755);
  const stops = [() => rmSync(folder, { recursive: true, force: true })];
  const stop = async () => {
    for (const end of stops.toReversed()) await end();
  };
  try {
    const openLdap = await startOpenLdap({ folder: join(folder, 'openldap') });
    stops.push(() => openLdap.stop());
    const samba = withDomain ? await startSamba() : null;
    if (samba !== null) stops.push(() => samba.stop());
    const hands = new Map([[directory, handsOf(openLdap.url, openLdap.admin.dn, openLdap.admin.password)]]);
    if (samba !== null) hands.set(domain, handsOf(samba.url, samba.adminDn, samba.password, samba.caPath));
    for (const [system, act] of hands) act(placesOf(system), '-a');
    const queues = await startQueues(stops);
    const { variables, ...place } = placed(folder, hr, withDomain, { openLdap, samba });
    const program = await startProgram({ ...place, variables: { ...variables, ...queues } });
    stops.push(() => program.stop());
    const act = (system, ldif) => hands.get(system)(ldif);
    return { ask: program.ask, systems: [...hands.keys()], act, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Queues on Redis, as in production, where it is installed; else the program keeps them in its database. */
async function startQueues(stops) {
  if (process.env.REDIS_URL !== undefined || programPath('redis-server') === null) return {};
  const port = await freePort();
  const words = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--maxmemory-policy', 'noeviction'];
  const redis = startServer(['redis-server', ...words]);
  stops.push(() => stopServer(redis));
  return { REDIS_URL: `redis://127.0.0.1:${port}` };
}

const handsOf =
  (url, dn, password, authority) =>
  (ldif, ...words) =>
    runProgram(['ldapmodify', '-x', '-H', url, '-D', dn, '-w', password, ...words], {
      input: ldif,
      env: { ...programEnvironment, ...(authority === undefined ? {} : { LDAPTLS_CACERT: authority }) },
    });

function placed(folder, hr, withDomain, { openLdap, samba }) {
  const [home, configuration] = [join(folder, 'home'), join(folder, 'configuration')];
  mkdirSync(join(home, 'hr'), { recursive: true });
  writeFileSync(join(home, 'hr/people.csv'), hr);
  cpSync(example, configuration, { recursive: true });
  if (!withDomain) leaveDomainOut(configuration);
  return { home, configuration, variables: variablesOf(openLdap, samba) };
}

function leaveDomainOut(configuration) {
  rmSync(join(configuration, 'domain.yaml'));
  const jobs = join(configuration, 'jobs.yaml');
  const lines = readFileSync(jobs, 'utf8').split('\n');
  writeFileSync(jobs, lines.filter((line) => !line.includes('connector: domain')).join('\n'));
}

const variablesOf = (openLdap, samba) => ({
  DIRECTORY_PORT: String(openLdap.port),
  DIRECTORY_PASSWORD: openLdap.service.password,
  ...(samba === null
    ? {}
    : {
        DOMAIN_HOST: samba.host,
        DOMAIN_NAME: samba.hostName,
        DOMAIN_CA: readFileSync(samba.caPath, 'utf8'),
        DOMAIN_USER: samba.adminUpn,
        DOMAIN_PASSWORD: samba.password,
      }),
});
