// The front door of what LDAP packages share: connections, operations, names, filters, controls, failures.
// No connector by itself; which entries are accounts and groups is each package's own.
export { type LdapAddress, ldapAddress, ldapAddressSchema, type LdapEncryption } from './address.js';
export type { LdapAttributes, LdapChange, LdapClient, LdapSearch, LdapSearchAnswer, LdapValue } from './client.js';
export {
  ber,
  flagControl,
  passwordModification,
  passwordModifyOid,
  type PostRead,
  postRead,
  postReadOid,
} from './control.js';
export { type DirSync, dirSync, extendedNames, incrementalValues } from './dir-sync.js';
export { bytesOf, type LdapEntry, textOf, textsOf } from './entry.js';
export { ldapError, type LdapExplanation, ldapFailure, type LdapFailureOptions } from './failure.js';
export { allOf, anyOf, atLeast, atMost, equalTo, noneOf, parseFilter, present } from './filter.js';
export {
  childName,
  comparableName,
  escapeNameValue,
  isWithin,
  type NamePart,
  parentName,
  parseName,
  type Rdn,
  rdnOf,
  rdnText,
} from './name.js';
export { type LdapLoan, type LdapPool, openLdapPool, withLdapClient } from './pool.js';
export { isLdapResult, isLdapTransport, type LdapResultError, type LdapTransportError } from './result.js';
export { canSignIn } from './sign-in.js';
export type { Control, Filter } from 'ldapts';
