// The same where names are the keys and the server keeps no log of changes.
import { afterAll } from '@jest/globals';
import { describeConformance } from '../../../test/support/conformance.js';
import { type LdapGround, prepareLdapGround } from './conformance-target.js';

const ground: LdapGround = await prepareLdapGround('names as keys');
afterAll(() => ground.close());

describeConformance('ldap on OpenLDAP with names as keys and without a log', ground.target);
