// What the process of a connector package holds while it lists a large directory, against a tenth of the rows in the same
// process, and how fast, against one paged `ldapsearch` of the same entries. Memory is measured on Linux alone.
import { spawn } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { composeGateway, composeGround } from '#src/compose.js';
import { openDatabase } from '#src/store/data-source.js';
import { configurationOf } from './configuration.js';
import { commitOf, connectorConfig } from './connector-engine.js';
import { systemFile } from './connector-system.js';
import type { BenchGround } from './ground.js';

type OpenLdapModule = typeof import('../test/systems/openldap.mjs');
type OpenLdap = Awaited<ReturnType<OpenLdapModule['startOpenLdap']>>;

/** Ten times as many rows may need at most this many times as much memory: what grows with the rows would need ten. */
const mostGrowth = 2;
const suffix = 'dc=example,dc=org';
const pageSize = 500;

export async function measureListing(ground: BenchGround, folder: string, entries: number) {
  const { startOpenLdap } = (await import(systemFile('openldap'))) as OpenLdapModule;
  const few = Math.ceil(entries / 10);
  const ldif = [...place('few', few), ...place('many', entries)].join('');
  const server = await startOpenLdap({
    folder: join(folder, 'listed'),
    accesslog: false,
    memberOf: false,
    entries: ldif,
  });
  try {
    const listed = await listAll(ground, server);
    const search = await dump(server);
    if (listed.many.rows !== entries || search.rows !== entries || listed.few.rows !== few)
      throw new Error(`${entries} entries were there; listed were ${listed.many.rows}, found ${search.rows}.`);
    const growth = listed.many.peakMb / Math.max(listed.few.peakMb, 1);
    return {
      system: 'directory',
      package: 'ldap',
      change: 'list',
      rowsPerSecond: Math.round(entries / listed.many.seconds),
      controlPerSecond: Math.round(entries / search.seconds),
      ratioToControl: hundredths(search.seconds / listed.many.seconds),
      baselineMb: listed.baselineMb,
      peakOverBaselineMb: listed.many.peakMb,
      peakOverBaselineOfTenthMb: listed.few.peakMb,
      growth: hundredths(growth),
      floor: mostGrowth,
      isFloorReached: growth <= mostGrowth,
      control: `one ldapsearch in pages of ${pageSize}, which held ${search.peakMb} MB`,
      n: entries,
    };
  } finally {
    await server.stop();
  }
}

function* place(name: string, count: number): Generator<string> {
  yield `\ndn: ou=${name},${suffix}\nobjectClass: organizationalUnit\nou: ${name}\n`;
  for (let n = 1; n <= count; n += 1)
    yield `\ndn: uid=${name}${n},ou=${name},${suffix}\nobjectClass: inetOrgPerson\nuid: ${name}${n}\ncn: Person ${n}\nsn: ${n}\nmail: ${name}${n}@example.org\ntitle: One of many\n`;
}

interface Listed {
  readonly rows: number;
  readonly seconds: number;
  readonly peakMb: number;
}

async function listAll(ground: BenchGround, server: OpenLdap) {
  const database = await openDatabase({ url: ground.databaseUrl, poolSize: 2 }, Math.random);
  const parts = composeGround(connectorConfig(ground), database);
  const previous = await parts.models.current().catch(() => null);
  await parts.configurations.commit({
    ...commitOf(listedCompany(server)),
    digest: 'listing',
    previousVersion: previous?.version ?? null,
  });
  parts.models.expire();
  const gateway = composeGateway(parts);
  try {
    await gateway.check('listed');
    const pid = await packageProcess();
    const baselineMb = await memoryMb(pid, 'VmRSS');
    const list = async (entityType: string): Promise<Listed> => {
      await forgetPeak(pid);
      const started = performance.now();
      let rows = 0;
      for await (const page of gateway.list(entityType, AbortSignal.timeout(600_000))) rows += page.length;
      const seconds = (performance.now() - started) / 1_000;
      return { rows, seconds, peakMb: hundredths((await memoryMb(pid, 'VmHWM')) - baselineMb) };
    };
    return { few: await list('few'), many: await list('many'), baselineMb };
  } finally {
    await gateway.close();
    await database.close();
  }
}

function listedCompany(server: OpenLdap) {
  const attributes = ['uid', 'cn', 'sn', 'mail', 'title'];
  const kinds = ['few', 'many'];
  const named = (identifier: string) => ({ identifier, displayName: identifier });
  const settings = {
    host: server.host,
    port: server.port,
    tls: 'off',
    bindDn: server.service.dn,
    password: server.service.password,
    baseDn: suffix,
    pageSize,
    objectTypes: kinds.map((name) => ({
      name,
      baseDn: `ou=${name},${suffix}`,
      objectClasses: ['inetOrgPerson'],
      rdnAttribute: 'uid',
      attributes: attributes.map((attribute) => ({ name: attribute })),
    })),
  };
  return configurationOf({
    connectors: [named('listed')],
    connections: [{ ...named('listed'), connector: 'listed', package: 'ldap', settings, deadlineSeconds: 30 }],
    entityTypes: kinds.map((kind) => ({
      ...named(kind),
      connection: 'listed',
      objectType: kind,
      key: 'entryUUID',
      properties: ['entryUUID', ...attributes].map((identifier) => ({ identifier })),
      // A configuration has identities; these are never computed.
      ...(kind === 'few' ? { identity: {} } : {}),
    })),
    policies: [named('bench')],
  });
}

async function dump({ url, service }: OpenLdap): Promise<Listed> {
  const who = ['-x', '-LLL', '-H', url, '-D', service.dn, '-w', service.password];
  const what = ['-E', `pr=${pageSize}/noprompt`, '-b', `ou=many,${suffix}`, '(objectClass=inetOrgPerson)'];
  const started = performance.now();
  const child = spawn('ldapsearch', [...who, ...what, 'entryUUID', 'uid', 'cn', 'sn', 'mail', 'title'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let rows = 0;
  let peakMb = 0;
  let rest = '';
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    rows += lines.filter((line) => line.startsWith('uid: ')).length;
  });
  const ended = new Promise<true>((resolve) => child.once('close', () => resolve(true)));
  do {
    peakMb = Math.max(peakMb, await memoryMb(child.pid ?? 0, 'VmHWM').catch(() => 0));
  } while ((await Promise.race([ended, delay(50)])) !== true);
  return { rows, seconds: (performance.now() - started) / 1_000, peakMb: hundredths(peakMb) };
}

/** The process of the package: the one that is left when the one that only described it has gone. */
async function packageProcess(): Promise<number> {
  for (;;) {
    const found = await packageProcesses();
    const [pid] = found;
    if (pid === undefined) throw new Error('The process of the connector package was not found.');
    if (found.length === 1) return pid;
    await delay(50);
  }
}

async function packageProcesses(): Promise<readonly number[]> {
  const tasks = await readdir('/proc/self/task');
  const lists = await Promise.all(tasks.map((task) => readFile(`/proc/self/task/${task}/children`, 'utf8')));
  const children = lists.join(' ').trim().split(/\s+/).map(Number);
  const commands = await Promise.all(children.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return children.filter((_pid, index) => commands[index]?.includes('connector-host') === true);
}

async function memoryMb(pid: number, what: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return hundredths(Number(new RegExp(`^${what}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1_024);
}

/** From now on the peak is counted anew. */
const forgetPeak = (pid: number): Promise<void> => writeFile(`/proc/${pid}/clear_refs`, '5');

const hundredths = (value: number): number => Math.round(value * 100) / 100;
