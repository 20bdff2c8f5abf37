// A company of 5,000 people provisioned into OpenLDAP and into an Active Directory domain (Samba); then a night of changes
// by other hands, and an incremental reading that must find exactly these, and nothing when it reads again:
//   npm run directories -- [--people 5000] [--without-samba]
// Samba needs root on Linux; without it say --without-samba. Exit 0: all of it holds. 1: something does not; it is said what.
import { setTimeout as delay } from 'node:timers/promises';
import { hrFile, nights, peopleOf } from '../directories/company.mjs';
import { startDirectories } from './directories-server.mjs';

const officer = 'p00001';
const script = 'service:directories';
const problems = [];
const say = (text = '') => process.stdout.write(`${text}\n`);
const expect = (holds, text) => void (holds || problems.push(text));
const count = peopleOption();
const people = peopleOf(count);
const company = await startDirectories({ hr: hrFile(people), withDomain: !process.argv.includes('--without-samba') });

function peopleOption() {
  const place = process.argv.indexOf('--people');
  const number = place < 0 ? 5_000 : Number(process.argv[place + 1]);
  if (Number.isInteger(number) && number >= 400) return number;
  process.stderr.write(
    '--people takes a whole number from 400: with fewer, the night is more than thresholds let through.\n',
  );
  process.exit(1);
}

async function directories() {
  const systems = company.systems;
  say(`${count} people into ${systems.map(({ name }) => name).join(' and ')} …`);
  const first = await run('complete');
  const wished = count * systems.length;
  const verified = await untilVerified(wished);
  say(
    `  ${verified} orders verified in ${seconds(first.elapsed)}: ${Math.round((wished / first.elapsed) * 1_000)} a second`,
  );
  // What was written is read for the first time here, and is no news.
  await run('look');
  await settled('  Before the first night');
  for (const night of nights) await pass(night, systems);
}

async function pass({ title, act }, systems) {
  say(`\n${title}`);
  const before = await everything(systems);
  const since = new Date().toISOString();
  const done = new Map(systems.map((system) => [system, act(system, people)]));
  for (const [system, { ldif }] of done) company.act(system, ldif);
  const look = await run('look');
  say(`  read in ${seconds(look.elapsed)}`);
  const after = await everything(systems, since);
  for (const [system, { expected }] of done) {
    compare(system, expected, differences(system, before, after));
    checkCounters(system, title, look, expected);
  }
  await settled('  Reading again');
}

/** Another reading, in which nothing may have changed. */
async function settled(when) {
  const { tasks } = await run('look');
  for (const { connector, counters } of tasks.filter(({ kind }) => kind === 'SYNCHRONIZE')) {
    const changed = counters.created + counters.updated + counters.deleted;
    say(`${when}, ${connector.identifier}: ${changed} changed, ${counters.read} looked at`);
    expect(
      changed === 0,
      `${when.trim()}: a reading of ${connector.identifier} found ${changed} changes that nobody made.`,
    );
  }
}

/** Only what changed was handed on: rows, not the thousands that stayed as they are. */
function checkCounters(system, title, { tasks }, expected) {
  const { counters } = tasks.find(({ connector }) => connector?.identifier === system.name);
  const { read, created, updated, deleted } = counters;
  const rows = new Set(expected.map((text) => text.split(':')[0])).size;
  const isWhole = system.isReadWhollyAfter(title);
  const why = isWhole ? ' (everything: a domain does not tell who was in a deleted group)' : '';
  say(`    rows: ${created} came, ${updated} changed, ${deleted} went; ${read} handed on${why}`);
  expect(
    created + updated + deleted === rows,
    `${system.name}: ${rows} rows are others, counted were ${created + updated + deleted}.`,
  );
  expect(isWhole || read < count / 4, `${system.name}: ${read} rows were handed on; that is no incremental reading.`);
}

/** Every account and group that Joinery knows, with what changed in it since. */
async function everything(systems, since) {
  const found = new Map();
  for (const { accountType, groupType } of systems)
    for (const type of [accountType, groupType]) found.set(type, await resources(type, since));
  return found;
}

/** Only a row that changed was seen anew, and only of those the history is asked for: it has its price. */
async function resources(type, since) {
  const filter = { entityTypeId: { eq: `ety_${type}` } };
  const nodes = await all(officer, 'resources', 'ResourceFilter', filter, 'id externalId displayName lastSeenAt');
  const found = new Map();
  for (const { id, externalId, displayName, lastSeenAt } of nodes) {
    const isNew = since !== undefined && lastSeenAt > since;
    found.set(externalId, { name: displayName, changes: isNew ? await changesOf(id, since) : [] });
  }
  return found;
}

async function changesOf(id, since) {
  const { resource } = await company.ask(
    officer,
    'query($id: ID!) { resource(id: $id) { history(first: 3) { nodes { occurredAt changes { property { identifier } oldValue newValue } } } } }',
    { id },
  );
  return resource.history.nodes.filter(({ occurredAt }) => occurredAt > since).flatMap(({ changes }) => changes);
}

/** Rows that came and went, and every value that is another one; of links those that came and went. */
function differences({ accountType, groupType }, before, after) {
  const groupName = (key) => before.get(groupType).get(key)?.name ?? key;
  return [
    [accountType, 'account'],
    [groupType, 'group'],
  ]
    .flatMap(([type, word]) => {
      const [old, now] = [before.get(type), after.get(type)];
      const gone = [...old].filter(([key]) => !now.has(key)).map(([, { name }]) => `DELETE ${word} ${name}`);
      const come = [...now].filter(([key]) => !old.has(key)).map(([, { name }]) => `CREATE ${word} ${name}`);
      const changed = [...now]
        .filter(([key]) => old.has(key))
        .flatMap(([key, { changes }]) =>
          changes
            .flatMap((change) => steps(change, groupName))
            .map((text) => `UPDATE ${word} ${old.get(key).name}: ${text}`),
        );
      return [...gone, ...come, ...changed];
    })
    .sort((a, b) => a.localeCompare(b));
}

function steps({ property: { identifier }, oldValue, newValue }, groupName) {
  if (identifier !== 'groups') return [`${identifier} ${oldValue} -> ${newValue}`];
  const [old, now] = [oldValue ?? [], newValue ?? []].map((keys) => [keys].flat());
  const lost = old.filter((key) => !now.includes(key)).map((key) => `groups ${groupName(key)} -> null`);
  const gained = now.filter((key) => !old.includes(key)).map((key) => `groups null -> ${groupName(key)}`);
  return [...lost, ...gained];
}

function compare({ name }, expected, found) {
  const missing = expected.filter((text) => !found.includes(text));
  const extra = found.filter((text) => !expected.includes(text));
  say(
    `  ${name}: ${expected.length} differences expected, ${found.length} found, ${missing.length} missing, ${extra.length} too many, e.g.`,
  );
  for (const text of new Set([...expected.slice(0, 2), ...expected.slice(-2)])) say(`      ${text}`);
  for (const text of missing) problems.push(`${name}: not found: ${text}`);
  for (const text of extra) problems.push(`${name}: found, and nobody did it: ${text}`);
}

async function untilVerified(wished) {
  for (const until = Date.now() + 120_000; ; await delay(500)) {
    const verified = await orderCount(['VERIFIED']);
    if (verified === wished || Date.now() > until) {
      expect(
        verified === wished,
        `${verified} orders are verified, not ${wished}; ${await orderCount(['ERRORED'])} failed.`,
      );
      return verified;
    }
  }
}

async function orderCount(state) {
  const { provisioningOrders } = await company.ask(
    script,
    'query($filter: ProvisioningOrderFilter) { provisioningOrders(first: 1, filter: $filter) { totalCount } }',
    { filter: { state } },
  );
  return provisioningOrders.totalCount;
}

async function run(job) {
  const started = performance.now();
  const { jobLaunch } = await company.ask(
    script,
    'mutation($input: JobLaunchInput!) { jobLaunch(input: $input) { jobExecution { id } userErrors { code message } } }',
    { input: { jobIdentifier: job } },
  );
  for (const until = Date.now() + 1_200_000; Date.now() < until; await delay(250)) {
    const { jobExecution } = await company.ask(
      script,
      `query($id: ID!) { jobExecution(id: $id) { state finishedAt rootFailure { error { message } } thresholdViolations { name limit actual }
         tasks { kind state connector { identifier } counters { read created updated deleted } } } }`,
      { id: jobLaunch.jobExecution.id },
    );
    const isOver = jobExecution.finishedAt !== null || jobExecution.state === 'BLOCKED';
    if (!isOver) continue;
    if (!['COMPLETED', 'WARNING'].includes(jobExecution.state))
      throw new Error(`The job ${job} ended as ${JSON.stringify(jobExecution)}.`);
    return { ...jobExecution, elapsed: performance.now() - started };
  }
  throw new Error(`The job ${job} has not ended within twenty minutes.`);
}

/** All pages of a list. */
async function all(person, field, filterType, filter, fields) {
  const nodes = [];
  for (let after = null; ; ) {
    const query = `query($after: String, $filter: ${filterType}) { ${field}(first: 100, after: $after, filter: $filter) { nodes { ${fields} } pageInfo { hasNextPage endCursor } } }`;
    const page = (await company.ask(person, query, { after, filter }))[field];
    nodes.push(...page.nodes);
    if (!page.pageInfo.hasNextPage) return nodes;
    after = page.pageInfo.endCursor;
  }
}

function seconds(ms) {
  return `${(ms / 1_000).toFixed(1)} s`;
}

try {
  await directories();
} catch (error) {
  problems.push(error instanceof Error ? error.message : String(error));
} finally {
  await company.stop();
}
say(
  problems.length === 0
    ? '\nAll of it holds.'
    : `\nThis does not hold:\n${problems.map((text) => `  ${text}`).join('\n')}`,
);
process.exit(problems.length === 0 ? 0 : 1);
