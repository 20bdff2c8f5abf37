// A password as PostgreSQL keeps it (SCRAM-SHA-256, RFC 5803), made here so that no clear password reaches the server or
// its log. https://www.postgresql.org/docs/current/catalog-pg-authid.html
import { createHash, createHmac, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(pbkdf2);
const iterations = 4_096;

/** `salt`: 16 random bytes. */
export async function scramVerifier(password: string, salt: Buffer): Promise<string> {
  const salted = await derive(prepared(password), salt, iterations, 32, 'sha256');
  const key = (label: string): Buffer => createHmac('sha256', salted).update(label).digest();
  const stored = createHash('sha256').update(key('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${key('Server Key').toString('base64')}`;
}

/** What SASLprep (RFC 4013) maps to nothing, and to a blank: first and last code point of each range. */
const ignored = [
  [0x00ad, 0x00ad],
  [0x034f, 0x034f],
  [0x1806, 0x1806],
  [0x180b, 0x180d],
  [0x200c, 0x200d],
  [0x2060, 0x2060],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
] as const;
const blanks = [
  [0x00a0, 0x00a0],
  [0x1680, 0x1680],
  [0x2000, 0x200b],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
] as const;

// As servers and clients do it, what SASLprep forbids is taken as it is.
function prepared(password: string): string {
  if (/^[\x20-\x7e]*$/.test(password)) return password;
  const kept = [...password].filter((character) => !isIn(ignored, character));
  const mapped = kept
    .map((character) => (isIn(blanks, character) ? ' ' : character))
    .join('')
    .normalize('NFKC');
  return mapped === '' || /[\p{Cc}\p{Cs}\p{Co}\p{Cn}]/u.test(mapped) ? password : mapped;
}

function isIn(ranges: readonly (readonly [number, number])[], character: string): boolean {
  const point = character.codePointAt(0) ?? 0;
  return ranges.some(([first, last]) => point >= first && point <= last);
}
