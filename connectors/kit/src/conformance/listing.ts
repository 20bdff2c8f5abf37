// Conformance: a complete listing is complete or an error, in bounded memory.
import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ConnectorError } from '../failure.js';
import { deletion } from './delta.js';
import { assertSameNames, expectFailure, expectOutcome, expectRow, listAll } from './expectation.js';
import { caseOf, caseWhen, context, during, lackOf, nameOf, type Rig, times } from './rig.js';
import type { ConformanceCase, ConformanceTarget } from './target.js';

const severalPages = 2_500;
const manyRows = 10_000;
/** Most rows a page may hold, so that the engine's memory does not depend on the population. */
const largestPage = 1_000;
/** Most the heap may grow while listing `manyRows` rows, in bytes; a package that collects them all passes it. */
const heapAllowance = 64 * 1024 * 1024;

/** How long the listing of many rows may take, in milliseconds. */
const listingPatienceMs = 120_000;

const lists = { needs: ['EXPORT_COMPLETE'] } as const;
const listsSlowly = { ...lists, isSlow: true } as const;

export function listingCases(target: ConformanceTarget): readonly ConformanceCase[] {
  return [
    caseOf(
      target,
      'lists nothing when there is nothing',
      async ({ session }) => assert.deepEqual(await listAll(session, target.objectType), []),
      lists,
    ),
    caseOf(target, 'lists one row as it is read', listsOne, { needs: ['EXPORT_COMPLETE', 'READ_ONE'] }),
    caseOf(target, 'sees rows that appeared between two listings', seesNewRows, lists),
    caseOf(
      target,
      'refuses to list an unknown object type',
      async ({ session }) => void (await expectFailure(() => listAll(session, 'no-such-type'), ['INVALID_VALUE'])),
      lists,
    ),
    caseOf(target, `lists ${severalPages} rows on several pages, each row once`, listsSeveralPages, listsSlowly),
    caseOf(target, 'lists exactly one page, and one row more, each row once', listsExactPage, listsSlowly),
    caseOf(
      target,
      'lists each row that stays once, or fails, when rows come and go meanwhile',
      listsDuringChanges,
      listsSlowly,
    ),
    caseOf(target, 'can be used further after a listing left half-way', survivesLeaving, listsSlowly),
    caseOf(target, `lists ${manyRows} rows in bounded memory`, listsInBoundedMemory, listsSlowly),
    brokenCase(target),
  ];
}

async function insertRows({ target }: Rig, count: number, from = 0): Promise<void> {
  const [one, two] = target.attributes;
  await target.outside.insert(
    times(count, (n) => ({ key: target.key(from + n), attributes: { [one]: `one ${from + n}`, [two]: null } })),
  );
}

/** The names of rows 0 … count-1. */
function namesOf({ target }: Rig, count: number): readonly string[] {
  return times(count, (n) => target.key(n));
}

async function listedNames(rig: Rig): Promise<readonly string[]> {
  return (await listAll(rig.session, rig.target.objectType, listingPatienceMs)).map((row) => nameOf(rig, row));
}

async function listsOne(rig: Rig): Promise<void> {
  const { target, session } = rig;
  await insertRows(rig, 1);
  const listed = await listAll(session, target.objectType);
  const read = await expectRow(session, target.objectType, target.key(0));
  assert.deepEqual(listed, [read], 'listing and reading must agree');
}

async function seesNewRows(rig: Rig): Promise<void> {
  await insertRows(rig, 3);
  assertSameNames(await listedNames(rig), namesOf(rig, 3), 'be listed');
  await insertRows(rig, 2, 3);
  assertSameNames(await listedNames(rig), namesOf(rig, 5), 'be listed');
}

async function listsSeveralPages(rig: Rig): Promise<void> {
  await insertRows(rig, severalPages);
  const pages = await listedPages(rig);
  assert.ok(pages.length > 1, 'the listing must come in pages');
  assertSameNames(pages.flat(), namesOf(rig, severalPages), 'be listed');
}

async function listedPages(rig: Rig): Promise<readonly (readonly string[])[]> {
  const pages: (readonly string[])[] = [];
  for await (const page of rig.session.list(rig.target.objectType, context(listingPatienceMs)))
    pages.push(page.objects.map((row) => nameOf(rig, row)));
  return pages;
}

// How many rows a page holds is the package's choice, so it is learned first.
async function listsExactPage(rig: Rig): Promise<void> {
  await insertRows(rig, severalPages);
  const page = (await listedPages(rig))[0]?.length ?? 0;
  assert.ok(page > 0 && page <= largestPage, `a page must hold 1 to ${largestPage} rows, the first one has ${page}`);
  await rig.target.reset();
  await insertRows(rig, page);
  assertSameNames(await listedNames(rig), namesOf(rig, page), 'be listed');
  await insertRows(rig, 1, page);
  assertSameNames(await listedNames(rig), namesOf(rig, page + 1), 'be listed');
}

// A listing may see what comes and goes, or not; what stays it must see once. An error is honest, too.
async function listsDuringChanges(rig: Rig): Promise<void> {
  await insertRows(rig, severalPages);
  const stays = namesOf(rig, severalPages).filter((_name, n) => n !== severalPages - 1);
  const listed = await listedWhileChanging(rig);
  if (listed === null) return;
  assert.equal(new Set(listed).size, listed.length, 'each row must be listed once');
  const seen = new Set(listed);
  assert.deepEqual(
    stays.filter((name) => !seen.has(name)),
    [],
    'every row that stays must be listed',
  );
}

async function listedWhileChanging(rig: Rig): Promise<readonly string[] | null> {
  const names: string[] = [];
  try {
    for await (const page of rig.session.list(rig.target.objectType, context(listingPatienceMs))) {
      if (names.length === 0) await changeMeanwhile(rig);
      names.push(...page.objects.map((row) => nameOf(rig, row)));
    }
    return names;
  } catch (error) {
    if (error instanceof ConnectorError) return null;
    throw error;
  }
}

async function changeMeanwhile(rig: Rig): Promise<void> {
  const { target, session } = rig;
  await insertRows(rig, 10, severalPages);
  if (lackOf(target, 'DELETE') === undefined)
    await expectOutcome(session, deletion(target.objectType, target.key(severalPages - 1)), ['applied']);
}

async function survivesLeaving(rig: Rig): Promise<void> {
  await insertRows(rig, severalPages);
  for (let round = 0; round < 6; round += 1) {
    for await (const page of rig.session.list(rig.target.objectType, context(listingPatienceMs))) {
      assert.ok(page.objects.length > 0);
      break;
    }
  }
  assert.equal((await listedNames(rig)).length, severalPages);
}

async function listsInBoundedMemory(rig: Rig): Promise<void> {
  await insertRows(rig, manyRows);
  const before = heapAfterCollection();
  let rows = 0;
  for await (const page of rig.session.list(rig.target.objectType, context(listingPatienceMs))) {
    assert.ok(
      page.objects.length <= largestPage,
      `a page must not hold more than ${largestPage} rows, this one has ${page.objects.length}`,
    );
    rows += page.objects.length;
    assertHeap(before);
  }
  assert.equal(rows, manyRows);
}

// Only what is still held counts, so a heap that looks too big is collected before it is judged.
function assertHeap(before: number): void {
  if (process.memoryUsage().heapUsed - before < heapAllowance) return;
  const grown = heapAfterCollection() - before;
  assert.ok(grown < heapAllowance, `listing holds ${Math.round(grown / 1024 / 1024)} MB of heap`);
}

function heapAfterCollection(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  return process.memoryUsage().heapUsed;
}

function brokenCase(target: ConformanceTarget): ConformanceCase {
  const name = 'never ends a listing normally that broke half-way';
  return caseWhen(
    target.brokenListing,
    'the target offers no way to break a listing',
    (broken) =>
      caseOf(
        target,
        name,
        async (rig) => {
          await insertRows(rig, severalPages);
          const error = await during(broken, () => listAll(rig.session, target.objectType).catch((reason) => reason));
          assert.ok(error instanceof ConnectorError, 'a listing that breaks must throw');
        },
        listsSlowly,
      ),
    name,
  );
}
