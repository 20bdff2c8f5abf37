// A subscription cut and resumed, with writers that commit out of order and the real sequencer: nothing is missed, nothing
// comes twice, and a reader that does not read costs a page.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import WebSocket from 'ws';
import { processEnvironment } from '../../src/adapters/environment.js';
import type { FeedQuestion, FeedView } from '../../src/steps/ports/feed.js';
import { openDatabase } from '../../src/store/data-source.js';
import type { Database } from '../../src/store/database.js';
import { appendFacts } from '../../src/store/event.js';
import { sequencerLeadership } from '../../src/store/leadership.js';
import { feedView } from '../../src/store/views/feed.js';
import { requestViews } from '../../src/store/views/request.js';
import { startSequencer } from '../../src/workers/sequencer.js';
import type { Stoppable } from '../../src/workers/stoppable.js';
import { waitFor } from '../support/wait-for.js';
import { type Listener, listen, rowIdOf, type ServedCompany, serveCompany } from '../server/company.js';
import { quiet } from '../support/execution-world.js';

interface Item {
  readonly __typename: string;
  readonly cursor: string;
  readonly droppedCount?: number;
  readonly occurredAt?: string;
  readonly assignmentRequest?: { readonly id: string; readonly state: string };
}

let company: ServedCompany;
let writers: Database;
let sequencer: Stoppable;
let requestId: string;
const asked: FeedQuestion[] = [];

beforeAll(async () => {
  company = await serveCompany({
    ports: (database, models) => ({
      requests: requestViews(database, models, processEnvironment('UTC')),
      feed: counted(feedView(database)),
    }),
  });
  const { rows } = await company.database.query<{ url: string }>(`select current_database() as url`);
  writers = await openDatabase({ url: sameServer(rows[0]?.url ?? ''), poolSize: 12 }, Math.random);
  sequencer = startSequencer({ sequencers: sequencerLeadership(writers), log: quiet });
  requestId = await makeRequest('camille.roy');
});
afterAll(async () => {
  await sequencer.stop();
  await writers.close();
  await company.stop();
});
beforeEach(() => {
  asked.length = 0;
});

function sameServer(name: string): string {
  const url = new URL(process.env.TEST_DATABASE_URL ?? '');
  url.pathname = `/${name}`;
  return url.href;
}

const counted = (feed: FeedView): FeedView => ({
  ...feed,
  page: (question) => {
    asked.push(question);
    return feed.page(question);
  },
});

async function makeRequest(person: string, justification = ''): Promise<string> {
  const { rows } = await company.database.query<{ id: string }>(
    `insert into assignment_request (id, requester, requester_identity_id, beneficiary_id, justification, state, digest)
     values (gen_random_uuid(), 'identity:' || $1::text, $1::uuid, $1::uuid, $2, 'PENDING_APPROVAL', 'd') returning id`,
    [await rowIdOf(company.database, person), justification],
  );
  return rows[0]?.id ?? '';
}

const fact = (id = requestId) => ({ kind: 'RequestAdvanced', requestId: id }) as const;
const append = (times: number, id = requestId) =>
  writers.transaction((sql) =>
    appendFacts(
      sql,
      Array.from({ length: times }, () => fact(id)),
    ),
  );
const lastPosition = () => company.ports.feed.lastPosition();

const query = `subscription ($after: StreamCursor, $filter: AssignmentRequestFilter) {
  assignmentRequestChanged(after: $after, filter: $filter) {
    __typename
    ... on AssignmentRequestChanged { cursor occurredAt assignmentRequest { id state justification } }
    ... on StreamLagged { cursor droppedCount }
  } }`;

async function watch(person: string, variables: Record<string, unknown> = {}): Promise<Listener<Item>> {
  return listen<Item>(company.server.url, await company.token(person), query, 'assignmentRequestChanged', variables);
}

const positionOf = ({ cursor }: Item): number => Number(Buffer.from(cursor, 'base64url').toString().split('.')[1]);
const cursorAt = (position: bigint): string => Buffer.from(`s1.${position}`).toString('base64url');
const range = (from: bigint, length: number): readonly number[] =>
  Array.from({ length }, (_, index) => Number(from) + 1 + index);

describe('a change stream', () => {
  it('begins with the present state, all of one cursor, and goes on with what happens later', async () => {
    const before = await lastPosition();
    const stream = await watch('camille.roy');
    const first = await waitFor(() => stream.items[0], { what: 'the present state' });
    expect(first).toMatchObject({
      __typename: 'AssignmentRequestChanged',
      assignmentRequest: { state: 'PENDING_APPROVAL' },
    });
    expect(positionOf(first)).toBe(Number(before));
    await company.database.query(`update assignment_request set state = 'APPROVED' where id = $1`, [requestId]);
    await append(1);
    const second = await waitFor(() => stream.items[1], { what: 'the change' });
    expect(second.assignmentRequest?.state).toBe('APPROVED');
    expect(positionOf(second)).toBe(Number(before) + 1);
    await stream.stop();
  });

  it('misses and repeats nothing when it is cut again and again while eight writers commit', async () => {
    const before = await lastPosition();
    const [writersAtOnce, factsEach] = [8, 40];
    let after: string | undefined = cursorAt(before);
    const seen: number[] = [];
    const writing = Promise.all(
      Array.from({ length: writersAtOnce }, async () => {
        for (let count = 0; count < factsEach; count += 1) await append(1);
      }),
    );
    while (seen.length < writersAtOnce * factsEach) {
      const stream = await watch('camille.roy', { after });
      const enough = Math.min(37, writersAtOnce * factsEach - seen.length);
      await waitFor(() => stream.items.length >= enough, { what: `${enough} more of ${seen.length}` });
      await stream.stop();
      seen.push(...stream.items.map(positionOf));
      after = stream.items.at(-1)?.cursor;
    }
    await writing;
    expect(seen).toEqual(range(before, writersAtOnce * factsEach));
  });

  it('shows an event that committed after younger ones; a cursor of ids would have passed it', async () => {
    const before = await lastPosition();
    const ids = async () =>
      (
        await company.database.query<{ id: string; position: string | null }>(
          'select e.id::text, e.position::text from event e order by e.id desc limit 2',
        )
      ).rows;
    const runner = writers.dataSource.createQueryRunner();
    await runner.startTransaction();
    await appendFacts(
      {
        query: async (text, parameters) => ({ rows: await runner.query(text, [...(parameters ?? [])]), count: 0 }),
      },
      [fact()],
    );
    await append(1);
    const stream = await watch('camille.roy', { after: cursorAt(before) });
    const younger = await waitFor(() => stream.items[0], { what: 'the younger event' });
    await stream.stop();
    const highestSeen = (await ids())[0]?.id ?? '0';
    await runner.commitTransaction();
    await runner.release();
    const resumed = await watch('camille.roy', { after: younger.cursor });
    const older = await waitFor(() => resumed.items[0], { what: 'the older event' });
    await resumed.stop();
    expect([positionOf(younger), positionOf(older)]).toEqual(range(before, 2));
    // The control: a reader that remembers ids instead of positions finds nothing new.
    const { count } = await company.database.query('select id from event where id > $1', [highestSeen]);
    expect(count).toBe(0);
  });

  it('goes on in the middle of what one transaction did', async () => {
    const before = await lastPosition();
    await append(250);
    const whole = await watch('camille.roy', { after: cursorAt(before) });
    await waitFor(() => whole.items.length === 250, { what: 'everything' });
    await whole.stop();
    const rest = await watch('camille.roy', { after: whole.items[99]?.cursor });
    await waitFor(() => rest.items.length >= 150, { what: 'the rest' });
    await rest.stop();
    expect(rest.items.map(positionOf)).toEqual(whole.items.slice(100).map(positionOf));
  });

  it('shows only what the reader may see and the filter keeps, asked again for each event', async () => {
    const foreign = await makeRequest('omar.benali');
    const before = await lastPosition();
    const stream = await watch('camille.roy', { after: cursorAt(before), filter: { state: ['APPROVED'] } });
    await append(1, foreign);
    await append(1);
    await waitFor(() => stream.items.length === 1, { what: 'the visible change' });
    await company.database.query(`update assignment_request set state = 'DECLINED' where id = $1`, [requestId]);
    await append(1);
    await company.database.query(`update assignment_request set state = 'APPROVED' where id = $1`, [requestId]);
    await append(1);
    await waitFor(() => stream.items.length >= 2, { what: 'the change that the filter keeps again' });
    await stream.stop();
    expect(stream.items.map(({ assignmentRequest }) => assignmentRequest?.id)).toEqual(
      Array(stream.items.length).fill(`req_${requestId.replaceAll('-', '')}`),
    );
    expect(stream.items.every(({ assignmentRequest }) => assignmentRequest?.state === 'APPROVED')).toBe(true);
  });

  it('ends with its socket, closed with 4403, when the rights of its reader end', async () => {
    const stream = await watch('paul.martin', { after: cursorAt(await lastPosition()) });
    const own = await makeRequest('paul.martin');
    await append(1, own);
    await waitFor(() => stream.items.length === 1, { what: 'a first item' });
    await company.database.query(`update resource set removed_at = now() where key = 'paul.martin'`);
    await append(1, own);
    await stream.ended;
    await company.database.query(`update resource set removed_at = null where key = 'paul.martin'`);
    expect(stream.closed()?.code).toBe(4403);
    expect(stream.items).toHaveLength(1);
  });

  it('says how much was missed when the cursor is older than what is kept, and goes on', async () => {
    const before = await lastPosition();
    await append(3);
    await waitFor(async () => (await lastPosition()) === before + 3n, { what: 'the positions' });
    await company.database.query(
      `update event set occurred_at = occurred_at - interval '25 hours' where position > $1`,
      [before.toString()],
    );
    const stream = await watch('camille.roy', { after: cursorAt(before) });
    const lagged = await waitFor(() => stream.items[0], { what: 'word of the lag' });
    expect(lagged).toEqual({ __typename: 'StreamLagged', cursor: cursorAt(before + 3n), droppedCount: 3 });
    await append(1);
    const next = await waitFor(() => stream.items[1], { what: 'what came later' });
    expect(positionOf(next)).toBe(Number(before) + 4);
    await stream.stop();
  });

  it('begins with at most a thousand things', async () => {
    await company.database.query(
      `insert into assignment_request (id, requester, requester_identity_id, beneficiary_id, state, digest)
       select gen_random_uuid(), 'identity:x', $1, $1, 'CANCELED', 'd' from generate_series(1, 1001)`,
      [await rowIdOf(company.database, 'tom.soon')],
    );
    const all = await watch('omar.benali');
    await all.ended;
    expect([all.errors.map(({ extensions }) => extensions?.code), all.items]).toEqual([['LIMIT_EXCEEDED'], []]);
    const narrow = await watch('omar.benali', { filter: { state: ['APPROVED'] } });
    await waitFor(() => narrow.items.length > 0, { what: 'the narrowed state' });
    await narrow.stop();
  });

  it('shares the pages of the tail among its readers', async () => {
    const before = await lastPosition();
    const streams = await Promise.all(
      Array.from({ length: 9 }, () => watch('camille.roy', { after: cursorAt(before) })),
    );
    await append(50);
    for (const stream of streams) await waitFor(() => stream.items.length === 50, { what: 'the fifty' });
    await Promise.all(streams.map((stream) => stream.stop()));
    for (const stream of streams) expect(stream.items.map(positionOf)).toEqual(range(before, 50));
  });
});

describe('a reader that does not read', () => {
  it('stops the reading of the feed until it reads again', async () => {
    const large = await makeRequest('camille.roy', 'x'.repeat(20_000));
    const before = await lastPosition();
    const [facts, page] = [4_000, 100];
    const { socket, received } = await frozenReader(cursorAt(before));
    await append(facts, large);
    await waitFor(async () => (await lastPosition()) === before + BigInt(facts), { what: 'the positions' });
    const pages = await settled(() => asked.length);
    // What fits into the sockets' buffers was read; the rest of the 80 MB was not.
    expect(pages).toBeLessThan(facts / page / 2);
    socket.resume();
    await waitFor(() => received().length === facts, { what: 'everything after the pause', deadlineMs: 30_000 });
    expect(received()).toEqual(range(before, facts));
    socket.terminate();
  });
});

/** A subscription whose socket is not read. */
async function frozenReader(
  after: string,
): Promise<{ readonly socket: WebSocket; readonly received: () => readonly number[] }> {
  const socket = new WebSocket(`${company.server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const messages: { type: string; payload?: { data: { assignmentRequestChanged: Item } } }[] = [];
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString('utf8')) as (typeof messages)[number]));
  await new Promise((resolve) => socket.on('open', resolve));
  socket.send(
    JSON.stringify({
      type: 'connection_init',
      payload: { authorization: `Bearer ${await company.token('camille.roy')}` },
    }),
  );
  await waitFor(() => messages.length > 0, { what: 'the acknowledgement' });
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables: { after } } }));
  await waitFor(() => asked.length > 0, { what: 'the subscription' });
  socket.pause();
  return {
    socket,
    received: () =>
      messages.flatMap(({ type, payload }) =>
        type === 'next' && payload ? [positionOf(payload.data.assignmentRequestChanged)] : [],
      ),
  };
}

/** The value once it stays the same. */
async function settled(value: () => number): Promise<number> {
  const history: number[] = [];
  return waitFor(
    () => {
      history.push(value());
      const recent = history.slice(-25);
      return recent.length === 25 && recent.every((one) => one === recent[0]) ? recent[0] : null;
    },
    { what: 'a value that stays the same' },
  );
}
