// The three kinds of rows: how each is recognised, named and made, and which attributes are usual. Data, no decisions.
import type { AdAttribute } from './attribute.js';
import type { Kind } from './settings.js';

export interface KindTraits {
  /** What rows of the kind pass. */
  readonly filter: string;
  /** The same for rows that were deleted, which keep little more than their classes. */
  readonly deletedFilter: string;
  readonly nameAttribute: string;
  /** The attribute in the first level of the name (DN). */
  readonly rdnAttribute: string;
  readonly objectClasses: readonly string[];
  /** Attributes a row of the kind always has here. */
  readonly always: readonly string[];
  readonly usual: readonly string[];
  /** Attributes that mean something else than an attribute of the directory by that name. */
  readonly virtual: Readonly<Record<string, AdAttribute>>;
}

const isReadOnly = false;
const uac = 'userAccountControl';

const everywhere: Readonly<Record<string, AdAttribute>> = {
  objectGUID: { name: 'objectGUID', form: 'guid', source: 'objectGUID', isReadOnly: true },
  place: { name: 'place', form: 'place', source: '', isReadOnly },
  distinguishedName: { name: 'distinguishedName', form: 'dn', source: '', isReadOnly: true },
};

const named: Readonly<Record<string, AdAttribute>> = {
  ...everywhere,
  cn: { name: 'cn', form: 'rdn', source: '', isReadOnly },
  sAMAccountName: { name: 'sAMAccountName', form: 'text', source: 'sAMAccountName', isReadOnly },
};

const user: KindTraits = {
  // Computers are users to the directory, but of another category.
  filter: '(&(objectCategory=person)(objectClass=user))',
  deletedFilter: '(&(objectClass=user)(!(objectClass=computer)))',
  nameAttribute: 'sAMAccountName',
  rdnAttribute: 'cn',
  objectClasses: ['top', 'person', 'organizationalPerson', 'user'],
  always: ['objectGUID', 'sAMAccountName', 'cn', 'place'],
  usual: [
    'userPrincipalName',
    'enabled',
    'password',
    'mustChangePassword',
    'passwordNeverExpires',
    'accountExpires',
    'locked',
    'givenName',
    'sn',
    'initials',
    'displayName',
    'description',
    'mail',
    'telephoneNumber',
    'mobile',
    'title',
    'department',
    'company',
    'employeeID',
    'employeeNumber',
    'employeeType',
    'manager',
    'physicalDeliveryOfficeName',
    'streetAddress',
    'l',
    'st',
    'postalCode',
    'c',
    'co',
    'homeDirectory',
    'homeDrive',
    'profilePath',
    'scriptPath',
    'info',
    'wWWHomePage',
    'distinguishedName',
    'objectSid',
    'whenCreated',
    'lastLogonTimestamp',
  ],
  virtual: {
    ...named,
    enabled: { name: 'enabled', form: 'enabled', source: uac, isReadOnly },
    passwordNeverExpires: { name: 'passwordNeverExpires', form: 'neverExpires', source: uac, isReadOnly },
    password: { name: 'password', form: 'password', source: '', isReadOnly },
    mustChangePassword: { name: 'mustChangePassword', form: 'mustChange', source: 'pwdLastSet', isReadOnly },
    // lockoutTime stays after the lock has run out; the directory computes whether it still holds.
    locked: { name: 'locked', form: 'locked', source: 'msDS-User-Account-Control-Computed', isReadOnly },
  },
};

const group: KindTraits = {
  filter: '(objectCategory=group)',
  deletedFilter: '(objectClass=group)',
  nameAttribute: 'sAMAccountName',
  rdnAttribute: 'cn',
  objectClasses: ['top', 'group'],
  always: ['objectGUID', 'sAMAccountName', 'cn', 'place'],
  usual: [
    'scope',
    'security',
    'displayName',
    'description',
    'info',
    'mail',
    'managedBy',
    'distinguishedName',
    'objectSid',
    'whenCreated',
  ],
  virtual: {
    ...named,
    scope: { name: 'scope', form: 'scope', source: 'groupType', isReadOnly },
    security: { name: 'security', form: 'security', source: 'groupType', isReadOnly },
  },
};

const container: KindTraits = {
  filter: '(objectCategory=organizationalUnit)',
  deletedFilter: '(objectClass=organizationalUnit)',
  nameAttribute: 'distinguishedName',
  rdnAttribute: 'ou',
  objectClasses: ['top', 'organizationalUnit'],
  always: ['objectGUID', 'distinguishedName', 'ou', 'place'],
  usual: ['displayName', 'description', 'managedBy', 'street', 'l', 'st', 'postalCode', 'c', 'co', 'whenCreated'],
  virtual: {
    ...everywhere,
    distinguishedName: { name: 'distinguishedName', form: 'dn', source: '', isReadOnly },
    ou: { name: 'ou', form: 'rdn', source: '', isReadOnly },
  },
};

const traits: Readonly<Record<Kind, KindTraits>> = { user, group, container };

export const kindOf = (kind: Kind): KindTraits => traits[kind];
