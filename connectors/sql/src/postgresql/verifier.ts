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

// SASLprep (RFC 4013) as servers and clients do it; what it forbids is taken as it is, as they do too.
function prepared(password: string): string {
  if (/^[\x20-\x7e]*$/.test(password)) return password;
  const mapped = password
    .replaceAll(/[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu, ' ')
    .replaceAll(/[\u00ad\u034f\u1806\u180b-\u180d\u200c\u200d\u2060\ufe00-\ufe0f\ufeff]/gu, '')
    .normalize('NFKC');
  return mapped === '' || /[\p{Cc}\p{Cs}\p{Co}\p{Cn}]/u.test(mapped) ? password : mapped;
}
