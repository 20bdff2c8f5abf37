// Whether an account can sign in with a password: a connection of its own, closed again at once.
import type { LdapAddress } from './address.js';
import { isLdapResult } from './result.js';
import { openWire } from './wire.js';

/** False when the server refuses the name or the password; throws when it does not answer. An empty password is refused. */
export async function canSignIn(
  address: LdapAddress,
  dn: string,
  password: string,
  signal: AbortSignal,
): Promise<boolean> {
  if (password === '') return false;
  try {
    const wire = await openWire({ ...address, bindDn: dn, password }, signal);
    wire.close();
    return true;
  } catch (error) {
    if (isLdapResult(error) && error.isFromBind) return false;
    throw error;
  }
}
