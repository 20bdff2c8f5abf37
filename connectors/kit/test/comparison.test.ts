// Incremental reading by comparison: nothing left out, nothing told twice, and cookies that are not ours are refused.
import { describe, expect, test } from '@jest/globals';
import {
  type ChangePage,
  changesByComparison,
  ConnectorError,
  isCookieRefused,
  type ListPage,
  type TargetObject,
} from '@joinery/connector-kit';

type Rows = ReadonlyMap<string, TargetObject>;

const account = (key: string, name: string, groups: readonly string[] = []): TargetObject => ({
  objectType: 'account',
  key,
  attributes: { id: key, name },
  links: { groups },
});

const rowsOf = (...rows: readonly TargetObject[]): Rows => new Map(rows.map((row) => [row.key, row]));

async function* listing(rows: Rows, pageSize = 2): AsyncGenerator<ListPage> {
  const all = [...rows.values()];
  for (let from = 0; from < all.length; from += pageSize) yield { objects: all.slice(from, from + pageSize) };
}

async function* breaking(rows: Rows): AsyncGenerator<ListPage> {
  yield* listing(rows);
  throw new ConnectorError({ code: 'UNREACHABLE', message: 'gone' });
}

async function pagesOf(rows: Rows, cookie: string | null, objectType = 'account'): Promise<readonly ChangePage[]> {
  const pages: ChangePage[] = [];
  for await (const page of changesByComparison(() => listing(rows), objectType, cookie)) pages.push(page);
  return pages;
}

async function told(rows: Rows, cookie: string | null): Promise<{ changes: readonly string[]; cookie: string }> {
  const pages = await pagesOf(rows, cookie);
  return {
    changes: pages.flatMap((page) => page.changes.map((change) => `${change.kind} ${change.key}`)).sort(),
    cookie: pages.at(-1)?.cookie ?? '',
  };
}

async function refusal(cookie: string, objectType = 'account'): Promise<boolean> {
  const error = await pagesOf(rowsOf(), cookie, objectType).catch((reason: unknown) => reason);
  return error instanceof ConnectorError && isCookieRefused(error.failure);
}

const three = rowsOf(account('a', 'Ann'), account('b', 'Bob', ['staff']), account('c', 'Cid'));

describe('changes by comparison', () => {
  test('begin with a cookie and no changes', async () => {
    expect((await pagesOf(three, null)).map(({ changes }) => changes)).toEqual([[]]);
  });

  test('tell what is new, different and gone, a link included, and then nothing', async () => {
    const first = await told(three, null);
    const after = rowsOf(account('a', 'Ann'), account('b', 'Bob', ['staff', 'it']), account('d', 'Dan'));
    const second = await told(after, first.cookie);
    expect(second.changes).toEqual(['delete c', 'upsert b', 'upsert d']);
    const third = await told(after, second.cookie);
    expect(third).toEqual({ changes: [], cookie: second.cookie });
  });

  test('carry the row as it is now', async () => {
    const { cookie } = await told(rowsOf(), null);
    const [page] = await pagesOf(rowsOf(account('a', 'Ann')), cookie);
    expect(page?.changes[0]?.object).toEqual(account('a', 'Ann'));
  });

  test('do not depend on the order of rows and attributes', async () => {
    const { cookie } = await told(three, null);
    const turned = [...three.values()].toReversed().map((row) => ({
      ...row,
      attributes: Object.fromEntries(Object.entries(row.attributes).toReversed()),
    }));
    expect((await told(rowsOf(...turned), cookie)).changes).toEqual([]);
  });

  test('keep keys of any characters', async () => {
    const odd = rowsOf(...['a\nb', '"', '__proto__', '漢字 😀', ' ', 'x.y'].map((key) => account(key, 'odd')));
    const { cookie } = await told(odd, null);
    expect((await told(odd, cookie)).changes).toEqual([]);
    expect((await told(rowsOf(), cookie)).changes).toHaveLength(odd.size);
  });

  test('come in pages of 500 from whose cookies nothing is lost', async () => {
    const { cookie } = await told(three, null);
    const many = rowsOf(...Array.from({ length: 1_200 }, (_unused, n) => account(`u${n}`, 'new')));
    const pages = await pagesOf(many, cookie);
    expect(pages.map(({ changes }) => changes.length)).toEqual([500, 500, 203]);
    const resumed = await told(many, pages[0]?.cookie ?? '');
    expect(resumed.changes).toHaveLength(1_203);
    expect((await told(many, pages[2]?.cookie ?? '')).changes).toEqual([]);
  });

  test('tell no deletion when the listing breaks', async () => {
    const { cookie } = await told(three, null);
    const kinds: string[] = [];
    const read = async (): Promise<void> => {
      for await (const page of changesByComparison(() => breaking(rowsOf()), 'account', cookie))
        kinds.push(...page.changes.map(({ kind }) => kind));
    };
    await expect(read()).rejects.toThrow('gone');
    expect(kinds).toEqual([]);
  });
});

describe('a cookie of a comparison is refused when', () => {
  test.each(['', 'x', 'comparison-1', 'comparison-1.aaaaaaaaaaaaaaaa.H4sI', 'comparison-9.a.b'])(
    'it is %j',
    async (cookie) => expect(await refusal(cookie)).toBe(true),
  );

  test('a character of it changed, its end is missing, or it belongs to another object type', async () => {
    const { cookie } = await told(three, null);
    const middle = Math.floor(cookie.length / 2);
    const changed = `${cookie.slice(0, middle)}${cookie[middle] === 'A' ? 'B' : 'A'}${cookie.slice(middle + 1)}`;
    expect(await refusal(changed)).toBe(true);
    expect(await refusal(cookie.slice(0, -8))).toBe(true);
    expect(await refusal(cookie, 'group')).toBe(true);
    expect(await refusal(cookie)).toBe(false);
  });
});
