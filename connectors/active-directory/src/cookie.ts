// The cookie of an incremental reading: which way it was made, for which object type, and how far it came.
// Owns that a cookie no reading has given is refused before anything is asked.
import { createHash } from 'node:crypto';
import { cookieRefused } from '@joinery/connector-kit';
import type { ChangesBy } from './settings.js';

/** How far a reading came; what `mark` is, is the business of the way. */
export interface Progress {
  readonly way: ChangesBy;
  /** The naming context, and the controller where marks of another one mean nothing. */
  readonly origin: string;
  readonly mark: string;
}

const version = 'ad1';

export function cookieOf(objectType: string, progress: Progress): string {
  const data = Buffer.from(JSON.stringify([progress.way, progress.origin, progress.mark])).toString('base64url');
  return `${version}.${checksum(objectType, data)}.${data}`;
}

/** The mark in the cookie; throws `cookieRefused` saying why there is none to go on from. */
export function markIn(objectType: string, cookie: string, way: ChangesBy, origin: string): string {
  const [found, sum, data] = cookie.split('.');
  if (found !== version || data === undefined) throw cookieRefused('its cookie has an unknown form');
  if (sum !== checksum(objectType, data))
    throw cookieRefused(`its cookie is damaged or was not made for "${objectType}"`);
  const [madeBy, madeAt, mark] = JSON.parse(Buffer.from(data, 'base64url').toString('utf8')) as readonly string[];
  if (madeBy !== way) throw cookieRefused(`it was made by ${madeBy}, but the settings now say ${way}`);
  if (madeAt !== origin || mark === undefined)
    throw cookieRefused('it was made on another domain or domain controller');
  return mark;
}

function checksum(objectType: string, data: string): string {
  return createHash('sha256').update(`${objectType}\n${data}`).digest('base64url').slice(0, 16);
}
