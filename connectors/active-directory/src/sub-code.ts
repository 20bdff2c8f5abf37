// What Active Directory's own codes mean. They stand in the text of an answer: at its beginning («0000052D: …»), or for a
// refused sign-in behind «data». A table, so that one can be added without reading code.
import type { ConnectorErrorCode } from '@joinery/connector-kit';
import type { LdapExplanation, LdapResultError } from '@joinery/ldap-client';

interface Meaning {
  readonly code: ConnectorErrorCode;
  readonly hint: string;
}

/** Why the service account could not sign in, by the number behind «data», in hexadecimal. */
export const signInCodes: Readonly<Record<string, Meaning>> = {
  '52e': {
    code: 'UNAUTHENTICATED',
    hint: 'There is no such user, or the password is wrong: correct "user" and "password" of the connection.',
  },
  '525': { code: 'UNAUTHENTICATED', hint: 'There is no such user: correct "user" of the connection.' },
  '52f': {
    code: 'UNAUTHENTICATED',
    hint: 'A restriction of the account keeps it from signing in: look at its policies.',
  },
  '530': { code: 'UNAUTHENTICATED', hint: 'The account may not sign in at this time of day: change its logon hours.' },
  '531': { code: 'UNAUTHENTICATED', hint: 'The account may not sign in from this machine: change its workstations.' },
  '532': {
    code: 'UNAUTHENTICATED',
    hint: 'The password of the service account has expired: give it a new one that does not.',
  },
  '533': { code: 'UNAUTHENTICATED', hint: 'The service account is disabled: enable it.' },
  '568': { code: 'UNAUTHENTICATED', hint: 'The account is in too many groups to sign in: take it out of some.' },
  '701': { code: 'UNAUTHENTICATED', hint: 'The service account has expired: prolong it.' },
  '773': {
    code: 'UNAUTHENTICATED',
    hint: 'The service account must change its password first: do that, or take the demand away.',
  },
  '775': {
    code: 'UNAUTHENTICATED',
    hint: 'The service account is locked out: unlock it, and find out who tries its password.',
  },
};

/** Why an operation was refused, by the first eight digits of the text. */
export const operationCodes: Readonly<Record<string, Meaning>> = {
  '00000005': { code: 'FORBIDDEN', hint: 'Delegate the right to the service account.' },
  '0000001F': {
    code: 'CONSTRAINT_VIOLATION',
    hint: 'Passwords are set over TLS only: set "tls" to ldaps or startTls.',
  },
  '00000057': { code: 'INVALID_VALUE', hint: 'The value is not one the attribute can hold: correct the mapping.' },
  '00000523': {
    code: 'INVALID_VALUE',
    hint: 'The account name is not allowed: take out the characters " / \\ [ ] : ; | = , + * ? < >.',
  },
  '00000524': { code: 'ALREADY_EXISTS', hint: 'Another account has this sAMAccountName.' },
  '00000525': { code: 'CONSTRAINT_VIOLATION', hint: 'The object it refers to is not there.' },
  '0000052D': {
    code: 'CONSTRAINT_VIOLATION',
    hint: 'The password breaks the rules of the domain: length, complexity, history or minimum age. An account that has no password cannot be enabled: set one in the same change.',
  },
  '00000561': { code: 'CONSTRAINT_VIOLATION', hint: 'It is no member of the group.' },
  '00000562': { code: 'CONSTRAINT_VIOLATION', hint: 'It is a member of the group already.' },
  '00000569': { code: 'FORBIDDEN', hint: 'The account lacks the logon right for this.' },
  '00002014': {
    code: 'CONSTRAINT_VIOLATION',
    hint: 'The objects beneath it must go first, or the settings allow deleting them with it ("deleteTree").',
  },
  '00002015': {
    code: 'CONSTRAINT_VIOLATION',
    hint: 'The objects beneath it must go first, or the settings allow deleting them with it ("deleteTree").',
  },
  '0000200D': { code: 'CONSTRAINT_VIOLATION', hint: 'The attribute has this value already.' },
  '00002016': { code: 'CONSTRAINT_VIOLATION', hint: 'The attribute is part of the name: rename the object.' },
  '00002024': { code: 'RATE_LIMITED', hint: 'The domain controller limits this account; it is asked again.' },
  '0000202B': {
    code: 'CAPABILITY_MISSING',
    hint: 'The object is in another domain: connect to a controller of that domain.',
  },
  '0000202F': {
    code: 'CONSTRAINT_VIOLATION',
    hint: 'Another account has this userPrincipalName, or the value is none the attribute can hold.',
  },
  '00002030': { code: 'NOT_FOUND', hint: 'The object is not there (any more): read again.' },
  '00002032': { code: 'INVALID_VALUE', hint: 'The distinguished name is malformed: correct the mapping.' },
  '00002035': {
    code: 'CONSTRAINT_VIOLATION',
    hint: 'The directory refuses by policy: look at what the attribute allows.',
  },
  '00002071': { code: 'ALREADY_EXISTS', hint: 'Another object has this sAMAccountName, or this name in this place.' },
  '00002077': { code: 'FORBIDDEN', hint: 'The attribute belongs to the directory itself: take it out of the mapping.' },
  '0000207C': {
    code: 'INVALID_VALUE',
    hint: 'The object would lack an attribute it must have, or have one it may not: correct the mapping.',
  },
  '0000207D': {
    code: 'INVALID_VALUE',
    hint: 'The object would lack an attribute it must have, or have one it may not: correct the mapping.',
  },
  '00002082': {
    code: 'INVALID_VALUE',
    hint: 'The value is longer or shorter than the attribute allows: correct the mapping.',
  },
  '0000208D': { code: 'NOT_FOUND', hint: 'The object is not there: check the places (DNs) in settings and mapping.' },
  '00002098': {
    code: 'FORBIDDEN',
    hint: 'The service account may not do this here: delegate the right on the organisational unit to it.',
  },
  '000020B1': {
    code: 'INVALID_VALUE',
    hint: 'The attribute does not exist in the schema of the forest: correct the mapping.',
  },
  '000020B5': { code: 'CONSTRAINT_VIOLATION', hint: 'The object it refers to is not there: provision that one first.' },
  '000020D6': { code: 'NOT_FOUND', hint: 'The object is in no naming context of this controller.' },
  '000020E7': {
    code: 'CONSTRAINT_VIOLATION',
    hint: 'The change would break a rule of the directory, often an account type or a group scope: look at the text.',
  },
  '00002141': {
    code: 'CONSTRAINT_VIOLATION',
    hint: 'A group of this scope cannot be changed into the other one directly: change it to universal first.',
  },
  '000021C7': { code: 'CONSTRAINT_VIOLATION', hint: 'Another account has this servicePrincipalName.' },
  '000021C8': { code: 'CONSTRAINT_VIOLATION', hint: 'Another account has this userPrincipalName.' },
};

/** What the answer's own code says; null leaves it to the general table of result codes. */
export function explainSubCode(result: LdapResultError): LdapExplanation | null {
  if (result.isFromBind) {
    const code = /\bdata ([0-9a-f]+)\b/i.exec(result.diagnostic)?.[1]?.toLowerCase();
    return code === undefined ? null : explanation(signInCodes[code], code);
  }
  const code = /^([0-9a-f]{8})\b/i.exec(result.diagnostic)?.[1]?.toUpperCase();
  return code === undefined ? null : explanation(operationCodes[code], code);
}

function explanation(meaning: Meaning | undefined, targetCode: string): LdapExplanation | null {
  return meaning === undefined ? null : { ...meaning, targetCode };
}
