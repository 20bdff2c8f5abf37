// A company's first day with Joinery: 520 people, 500 accounts nobody described. Loads and computes, shows what conforms and
// what does not, decides in bulk, carries out what was decided, and ends with a clean run:
//   node examples/scripts/first-day.mjs [folder of another configuration]        (after npm run build)
// Exit 0: all of it holds, and no order was made that nobody asked for. 1: something does not; it is said what.
import { setTimeout as delay } from 'node:timers/promises';
import { startCompany } from './first-day-server.mjs';

const officer = 'olga.stein';
const reviewer = 'omar.benali';
/** Before the first reading nobody is known: the jobs are a script's. */
const script = 'service:first-day';
const problems = [];
const company = await startCompany(process.argv[2]);
const say = (text = '') => process.stdout.write(`${text}\n`);
const expect = (holds, text) => void (holds || problems.push(text));

async function firstDay() {
  say('Reading 520 people and 500 accounts, and computing …');
  await run('complete');
  const found = await items();
  await show(found);
  expect((await orders()).length === 0, 'The first run made orders that nobody asked for.');

  say('\nDeciding, as the role officer:');
  const removed = await decideAll(found);
  await run('incremental');
  await decideGroup('DUPLICATE_ACCOUNT:directory-account', 'REMOVE', removed);
  await run('incremental');

  await review(removed);
  await carriedOut();

  say('\nThe second complete run:');
  const second = await run('complete');
  const made = await orders({ jobExecutionId: { eq: second.id } });
  say(`  ${second.state}, ${made.length} orders, ${(await items()).length} things to decide`);
  expect(second.state === 'COMPLETED', `The second run ended as ${second.state}.`);
  expect(made.length === 0, `The second run made ${made.length} orders.`);
  expect((await items()).length === 0, 'Something is still to be decided.');
  compare(removed);
}

/** What was found, by what it is. Each account is counted once, under the first that applies. */
async function show(found) {
  const { resources } = await company.ask(
    officer,
    '{ resources(first: 1, filter: { or: [{ entityTypeId: { eq: "ety_directoryAccount" } }, { entityTypeId: { eq: "ety_salesUser" } }] }) { totalCount } }',
  );
  const kinds = {
    'pre-existing': (item) => item.kind === 'ROLE' || item.kind === 'PROPERTY',
    ambiguous: (item) => item.groupKey.startsWith('SEVERAL_PEOPLE'),
    duplicates: (item) => item.groupKey.startsWith('SEVERAL_ACCOUNTS'),
    unauthorised: (item) => item.kind === 'UNAUTHORIZED_ACCOUNT',
    orphaned: (item) => item.kind === 'ORPHANED_ACCOUNT',
  };
  const counted = new Set(found.map(accountOf));
  const counts = { conforming: resources.totalCount - counted.size };
  say(`\n${resources.totalCount} accounts:\n  ${String(counts.conforming).padStart(4)} conforming`);
  for (const [name, isOne] of Object.entries(kinds)) {
    const own = found.filter(isOne);
    counts[name] = new Set(own.map(accountOf)).size;
    say(`  ${String(counts[name]).padStart(4)} ${name}, e.g. ${own.slice(0, 3).map(sample).join(', ')}`);
  }
  say(`\n${found.length} things to decide:`);
  for (const [group, own] of byGroup(found)) say(`  ${String(own.length).padStart(4)} ${group}`);
  const expected = {
    conforming: 250,
    'pre-existing': 190,
    ambiguous: 8,
    duplicates: 6,
    unauthorised: 22,
    orphaned: 24,
  };
  for (const [name, count] of Object.entries(expected))
    expect(counts[name] === count, `${counts[name]} accounts are ${name}, not ${count}.`);
}

const accountOf = ({ resource }) => resource?.id;
const sample = ({ resource, identity, currentValue }) =>
  [resource?.externalId, currentValue, identity && `(${identity.identifier})`].filter(Boolean).join(' ');
const byGroup = (found) => Object.entries(Object.groupBy?.(found, ({ groupKey }) => groupKey) ?? grouped(found));

function grouped(found) {
  const groups = {};
  for (const item of found) (groups[item.groupKey] ??= []).push(item);
  return groups;
}

/** Keys of the accounts that are to change, by what was decided. */
async function decideAll(found) {
  const changed = { deleted: new Set(), updated: new Set() };
  for (const [group, own] of byGroup(found)) {
    if (
      group.startsWith('ROLE:') ||
      group.endsWith('=old-intranet') ||
      group.endsWith('=reporting') ||
      group.endsWith('.name')
    )
      await decideGroup(group, 'KEEP', changed, own);
    else if (group.endsWith('=test-lab')) await decideGroup(group, 'REMOVE', changed, own);
    else if (group.endsWith('.department')) await decideGroup(group, 'CORRECT', changed, own);
    else if (group.startsWith('ORPHANED_ACCOUNT:')) await decideGroup(group, 'IGNORE', changed, own);
    else if (group.startsWith('UNAUTHORIZED_ACCOUNT:'))
      await decideSingly(group, own, changed, ({ suggestion }) => suggestion);
    else if (group.startsWith('SEVERAL_ACCOUNTS:'))
      await decideSingly(group, own, changed, ({ resource, identity }) =>
        resource.externalId === identity.identifier ? 'LINK' : null,
      );
    else if (group.startsWith('SEVERAL_PEOPLE:')) await linkByName(group, own, changed);
    else problems.push(`Nobody knows what to decide about ${group}.`);
  }
  return changed;
}

const comment = (decision) => (decision === 'REMOVE' ? 'Not needed any more.' : null);

async function decideGroup(groupKey, decision, changed, own) {
  const open = own ?? (await items({ groupKey: { eq: groupKey } }));
  const { reconciliationGroupDecide } = await company.ask(
    officer,
    'mutation($input: ReconciliationGroupDecideInput!) { reconciliationGroupDecide(input: $input) { decidedCount userErrors { code message } } }',
    { input: { groupKey, expectedCount: open.length, decision, comment: comment(decision) } },
  );
  note(open, decision, changed);
  say(`  ${decision.padEnd(8)} ${reconciliationGroupDecide.decidedCount} of ${groupKey}`);
}

async function decideSingly(group, own, changed, decisionOf, ownerOf = () => null) {
  const decided = own.flatMap((item) => (decisionOf(item) === null ? [] : [{ item, decision: decisionOf(item) }]));
  const list = decided.map(({ item, decision }) => ({
    reconciliationItemId: item.id,
    decision,
    comment: comment(decision),
    ownerId: ownerOf(item),
  }));
  await company.ask(
    officer,
    'mutation($input: ReconciliationItemsDecideInput!) { reconciliationItemsDecide(input: $input) { reconciliationItems { id } userErrors { code message } } }',
    { input: { items: list } },
  );
  for (const { item, decision } of decided) note([item], decision, changed);
  const counts = Object.entries(grouped(decided.map(({ decision }) => ({ groupKey: decision }))));
  for (const [decision, { length }] of counts) say(`  ${decision.padEnd(8)} ${length} of ${group}`);
}

/** Two people of one name: somebody who knows says whose it is; here it is the one who came first. */
async function linkByName(group, own, changed) {
  const owners = new Map();
  for (const { id, resource } of own) {
    const { identities } = await company.ask(
      officer,
      'query($text: String!) { identities(first: 2, filter: { text: $text }, orderBy: [{ field: IDENTIFIER, direction: ASC }]) { nodes { id } } }',
      { text: resource.displayName },
    );
    owners.set(id, identities.nodes[0]?.id);
  }
  await decideSingly(
    group,
    own,
    changed,
    () => 'LINK',
    ({ id }) => owners.get(id),
  );
}

function note(open, decision, { deleted, updated }) {
  for (const { kind, resource } of open) {
    if (decision === 'CORRECT' || (decision === 'REMOVE' && kind === 'PROPERTY')) updated.add(resource.externalId);
    else if (decision === 'REMOVE') deleted.add(resource.externalId);
  }
}

/** Every order waits for a person: a second one looks at each and lets it go, if somebody has asked for it. */
async function review({ deleted, updated }) {
  const waiting = await orders({ state: ['AWAITING_APPROVAL'] });
  say(`\n${waiting.length} orders wait for review:`);
  const asked = waiting.filter((order) => (order.kind === 'DELETE' ? deleted : updated).has(order.externalId));
  for (const [kind, own] of byGroup(waiting.map((order) => ({ ...order, groupKey: order.kind }))))
    say(`  ${String(own.length).padStart(4)} ${kind}, e.g. ${own[0].externalId}`);
  for (const { number, externalId } of waiting.filter((order) => !asked.includes(order)))
    problems.push(`Nobody asked for ${number} about ${externalId}.`);
  expect(
    asked.length === deleted.size + updated.size,
    `${deleted.size + updated.size} changes were asked for, ${asked.length} are ordered.`,
  );
  const list = asked.map(({ id, version }) => ({ provisioningOrderId: id, version, decision: 'APPROVED' }));
  await company.ask(
    reviewer,
    'mutation($input: ProvisioningOrdersReviewInput!) { provisioningOrdersReview(input: $input) { provisioningOrders { id } userErrors { code message } } }',
    { input: { items: list } },
  );
}

/** Approved orders go at once; they are done when they have been read back. */
async function carriedOut() {
  for (const until = Date.now() + 60_000; Date.now() < until; await delay(200)) {
    const open = await orders({ state: ['PENDING', 'TRANSMITTED', 'EXECUTED'] });
    if (open.length > 0) continue;
    const failed = await orders({ state: ['ERRORED'] });
    expect(failed.length === 0, `${failed.length} orders failed.`);
    return;
  }
  throw new Error('The approved orders were not carried out within a minute.');
}

/** In the systems: what was decided is done, and nothing else was touched. */
function compare({ deleted, updated }) {
  const differing = ['directory', 'sales'].flatMap((system) => {
    const { before, now } = company.accounts(system);
    const keys = [...new Set([...before.keys(), ...now.keys()])].filter((key) => before.get(key) !== now.get(key));
    return keys.map((key) => ({ key, isGone: !now.has(key) }));
  });
  const gone = differing.filter(({ isGone }) => isGone).map(({ key }) => key);
  const written = differing.filter(({ isGone }) => !isGone).map(({ key }) => key);
  say(`  ${gone.length} accounts are gone and ${written.length} were changed in the files`);
  expect(same(gone, deleted), `Gone are ${gone.join(', ')}; decided was ${[...deleted].join(', ')}.`);
  expect(same(written, updated), `Changed are ${written.join(', ')}; decided was ${[...updated].join(', ')}.`);
}

const same = (keys, wished) => keys.length === wished.size && keys.every((key) => wished.has(key));

async function run(job) {
  const { jobLaunch } = await company.ask(
    script,
    'mutation($input: JobLaunchInput!) { jobLaunch(input: $input) { jobExecution { id } userErrors { code message } } }',
    { input: { jobIdentifier: job } },
  );
  for (const until = Date.now() + 180_000; Date.now() < until; await delay(200)) {
    const { jobExecution } = await company.ask(
      script,
      'query($id: ID!) { jobExecution(id: $id) { id state finishedAt rootFailure { error { message } } thresholdViolations { name limit actual } } }',
      { id: jobLaunch.jobExecution.id },
    );
    if (jobExecution.finishedAt === null) continue;
    expect(
      ['COMPLETED', 'WARNING'].includes(jobExecution.state),
      `The job ${job} ended as ${JSON.stringify(jobExecution)}.`,
    );
    return jobExecution;
  }
  throw new Error(`The job ${job} has not ended within three minutes.`);
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

function items(filter = {}) {
  const fields =
    'id kind groupKey suggestion isPreExisting currentValue identity { id identifier } resource { id externalId displayName }';
  return all(officer, 'reconciliationItems', 'ReconciliationItemFilter', filter, fields);
}

async function orders(filter = {}) {
  const found = await all(
    script,
    'provisioningOrders',
    'ProvisioningOrderFilter',
    filter,
    'id number kind version resource { externalId }',
  );
  return found.map((order) => ({ ...order, externalId: order.resource?.externalId }));
}

try {
  await firstDay();
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
