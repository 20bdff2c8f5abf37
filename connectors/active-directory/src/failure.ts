// Errors of the directory in the words of the contract: the client's reading, with Active Directory's own codes before it.
import type { ConnectorError } from '@joinery/connector-kit';
import { ldapError } from '@joinery/ldap-client';
import { explainSubCode } from './sub-code.js';

/** The typed error; what is typed already stays as it is. */
export function adError(error: unknown, operation: string): ConnectorError {
  return ldapError(error, operation, { explain: explainSubCode });
}
