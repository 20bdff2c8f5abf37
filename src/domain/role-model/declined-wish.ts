// What reviewers declined of an account, as its row keeps it: `resource:<id>` for each match that must never be proposed again,
// and after them the hash of a wish that is not proposed again while it is the same. Blanks stand between them.

interface Declined {
  /** With the blank that follows, if any. */
  readonly matches: string;
  /** Empty: no wish was declined. */
  readonly wish: string;
}

function declinedIn(declined: string | null): Declined {
  const [matches = ''] = /^(resource:\S+( |$))*/.exec(declined ?? '') ?? [];
  return { matches, wish: (declined ?? '').slice(matches.length) };
}

export const isDeclinedWish = (declined: string | null, expectedHash: string): boolean =>
  expectedHash !== '' && declinedIn(declined).wish === expectedHash;

export const hasDeclinedMatch = (declined: string | null): boolean => declinedIn(declined).matches !== '';

/** What is left of it when this is expected; null: another wish than the one that was declined. Matches stay. */
export function stillDeclined(declined: string | null, expectedHash: string | null): string | null {
  const { matches, wish } = declinedIn(declined);
  const left = wish === expectedHash ? `${matches}${wish}` : matches.trimEnd();
  return left === '' ? null : left;
}
