// Cursors of the four change streams: a position of the feed and, within the fact there, the last item seen.
import { badUserInput } from './error.js';

export interface Place {
  readonly position: bigint;
  /** Items of that fact up to here (inclusive) were seen; null: all of them. */
  readonly item: number | null;
}

export const encodePlace = ({ position, item }: Place): string =>
  Buffer.from(`s1.${position}${item === null ? '' : `.${item}`}`).toString('base64url');

const form = /^s1\.(\d{1,18})(?:\.(\d{1,9}))?$/;

/** Throws BAD_USER_INPUT for anything `encodePlace` did not write. */
export function decodePlace(cursor: string): Place {
  const [, position, item] = form.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  if (position === undefined || encodePlace({ position: BigInt(position), item: numberOf(item) }) !== cursor) {
    throw badUserInput(
      'The stream cursor is not one that this API gave out.',
      'Leave `after` out to start from the present state.',
    );
  }
  return { position: BigInt(position), item: numberOf(item) };
}

const numberOf = (text: string | undefined): number | null => (text === undefined ? null : Number(text));
