// The LDAP package passes the conformance suite against a real OpenLDAP server, through a network that can fail.
import { afterAll } from '@jest/globals';
import { describeConformance } from '../../../test/support/conformance.js';
import { type LdapGround, prepareLdapGround } from './conformance-target.js';

const ground: LdapGround = await prepareLdapGround('given keys');
afterAll(() => ground.close());

describeConformance('ldap on OpenLDAP with given keys and its log of changes', ground.target);
