// Conformance: a complete listing is complete or an error, in bounded memory.
import assert from 'node:assert/strict';
import { caseOf, caseWhen, context, during, expectRow, listAll, type Rig, times } from './rig.js';
import type { ConformanceCase, ConformanceTarget } from './target.js';

const severalPages = 2_500;
const manyRows = 10_000;
/** Most rows a page may hold, so that the engine's memory does not depend on the population. */
const largestPage = 1_000;
/** Most the heap may grow while listing `manyRows` rows, in bytes; a package that collects them all passes it. */
const heapAllowance = 64 * 1024 * 1024;

export function listingCases(target: ConformanceTarget): readonly ConformanceCase[] {
  return [
    caseOf(target, 'lists nothing when there is nothing', async ({ session }) =>
      assert.deepEqual(await listAll(session, target.objectType), []),
    ),
    caseOf(target, 'lists one row as it is read', listsOne),
    caseOf(target, `lists ${severalPages} rows on several pages, each row once`, listsSeveralPages),
    caseOf(target, 'sees rows that appeared between two listings', seesNewRows),
    caseOf(target, 'can be used further after a listing left half-way', survivesLeaving),
    caseOf(target, `lists ${manyRows} rows in bounded memory`, listsInBoundedMemory),
    brokenCase(target),
  ];
}

async function insertRows({ target }: Rig, count: number, from = 0): Promise<void> {
  const [one, two] = target.attributes;
  await target.outside.insert(
    times(count, (n) => ({ key: target.key(from + n), attributes: { [one]: `one ${from + n}`, [two]: null } })),
  );
}

async function listsOne(rig: Rig): Promise<void> {
  const { target, session } = rig;
  await insertRows(rig, 1);
  const listed = await listAll(session, target.objectType);
  assert.deepEqual(
    listed,
    [await expectRow(session, target.objectType, target.key(0))],
    'listing and reading must agree',
  );
}

async function listsSeveralPages(rig: Rig): Promise<void> {
  await insertRows(rig, severalPages);
  let pages = 0;
  const keys: string[] = [];
  for await (const page of rig.session.list(rig.target.objectType, context())) {
    pages += 1;
    keys.push(...page.objects.map((object) => object.key));
  }
  assert.ok(pages > 1, 'the listing must come in pages');
  assertSameKeys(
    keys,
    times(severalPages, (n) => rig.target.key(n)),
  );
}

async function seesNewRows(rig: Rig): Promise<void> {
  await insertRows(rig, 3);
  assert.equal((await listAll(rig.session, rig.target.objectType)).length, 3);
  await insertRows(rig, 2, 3);
  const listed = await listAll(rig.session, rig.target.objectType);
  assertSameKeys(
    listed.map((object) => object.key),
    times(5, (n) => rig.target.key(n)),
  );
}

function assertSameKeys(actual: readonly string[], expected: readonly string[]): void {
  assert.equal(new Set(actual).size, actual.length, 'each row must be listed once');
  assert.deepEqual([...actual].sort(), [...expected].sort(), 'every row must be listed');
}

async function survivesLeaving(rig: Rig): Promise<void> {
  await insertRows(rig, severalPages);
  for (let round = 0; round < 6; round += 1) {
    for await (const page of rig.session.list(rig.target.objectType, context())) {
      assert.ok(page.objects.length > 0);
      break;
    }
  }
  await expectRow(rig.session, rig.target.objectType, rig.target.key(0));
}

async function listsInBoundedMemory(rig: Rig): Promise<void> {
  await insertRows(rig, manyRows);
  const before = process.memoryUsage().heapUsed;
  let rows = 0;
  let peak = 0;
  for await (const page of rig.session.list(rig.target.objectType, context())) {
    assert.ok(
      page.objects.length <= largestPage,
      `a page must not hold more than ${largestPage} rows, this one has ${page.objects.length}`,
    );
    rows += page.objects.length;
    peak = Math.max(peak, process.memoryUsage().heapUsed - before);
  }
  assert.equal(rows, manyRows);
  assert.ok(peak < heapAllowance, `listing took ${Math.round(peak / 1024 / 1024)} MB of heap`);
}

function brokenCase(target: ConformanceTarget): ConformanceCase {
  const name = 'never ends a listing normally that broke half-way';
  return caseWhen(
    target.brokenListing,
    'the target offers no way to break a listing',
    (broken) =>
      caseOf(target, name, async (rig) => {
        await insertRows(rig, severalPages);
        const error = await during(broken, () =>
          listAll(rig.session, target.objectType).then(
            () => null,
            (reason: unknown) => reason,
          ),
        );
        assert.ok(error !== null, 'a listing that breaks must throw');
      }),
    name,
  );
}
