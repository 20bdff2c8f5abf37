// The schemas of RFC 7643, for services that do not tell theirs: what of them Joinery shows.
// Owns data only, in the form in which a service would send it.

export const userSchema = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const groupSchema = 'urn:ietf:params:scim:schemas:core:2.0:Group';
export const enterpriseSchema = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

const text = (name: string, required = false) => ({ name, type: 'string', required });
const texts = (...names: readonly string[]) => names.map((name) => text(name));
const complex = (name: string, ...subs: readonly string[]) => ({
  name,
  type: 'complex',
  subAttributes: texts(...subs),
});
const many = (name: string, ...subs: readonly string[]) => ({ ...complex(name, ...subs), multiValued: true });

export const coreSchemas: readonly object[] = [
  {
    id: userSchema,
    attributes: [
      text('userName', true),
      complex('name', 'formatted', 'familyName', 'givenName', 'middleName', 'honorificPrefix', 'honorificSuffix'),
      ...texts('displayName', 'nickName', 'profileUrl', 'title', 'userType', 'preferredLanguage', 'locale', 'timezone'),
      { name: 'active', type: 'boolean' },
      { ...text('password'), mutability: 'writeOnly', returned: 'never' },
      many('emails', 'value', 'type'),
      many('phoneNumbers', 'value', 'type'),
      many('addresses', 'formatted', 'streetAddress', 'locality', 'region', 'postalCode', 'country', 'type'),
    ],
  },
  { id: groupSchema, attributes: [text('displayName', true)] },
  {
    id: enterpriseSchema,
    attributes: [
      ...texts('employeeNumber', 'costCenter', 'organization', 'division', 'department'),
      {
        name: 'manager',
        type: 'complex',
        subAttributes: [text('value'), { ...text('displayName'), mutability: 'readOnly' }],
      },
    ],
  },
];
