// One change on its way: what creations, updates and deletions have in common. Owns the members a delta names and
// passwords; the order of requests is each kind's own.
import { type ApplyOutcome, ConnectorError, type Delta, type MarkSent, refusal } from '@joinery/connector-kit';
import { isLdapResult, type LdapClient, passwordModification, passwordModifyOid } from '@joinery/ldap-client';
import { type Directory, memberPlace } from './directory.js';
import type { Layout, PlacedAttribute } from './layout.js';
import { type Member, membersOfKeys } from './member.js';
import type { Step } from './step.js';

/** Everything one change needs. */
export interface Job {
  readonly client: LdapClient;
  readonly directory: Directory;
  readonly layout: Layout;
  /** Without its key attribute. */
  readonly delta: Delta;
  readonly operation: string;
  readonly markSent: MarkSent;
  /** Whether somebody signs in with that name and password. */
  readonly accepts: (dn: string, password: string) => Promise<boolean>;
}

/** The entries of members a delta names, by link. Throws for a member to add that is not there. */
export type NamedMembers = ReadonlyMap<string, ReadonlyMap<string, Member>>;

export async function namedMembers({ client, directory, layout, delta }: Job): Promise<NamedMembers> {
  const named = layout.setting.links.filter(({ name }) => (delta.add[name] ?? delta.remove[name]) !== undefined);
  const found = new Map<string, ReadonlyMap<string, Member>>();
  for (const link of named) {
    const keys = [...(delta.add[link.name] ?? []), ...(delta.remove[link.name] ?? [])];
    const members = await membersOfKeys(client, directory.facts, memberPlace(directory, link).target, keys);
    const unknown = delta.add[link.name]?.find((key) => !members.has(key));
    if (unknown !== undefined) throw unknownMember(delta, link.name, link.targetObjectType, unknown);
    found.set(link.name, members);
  }
  return found;
}

function unknownMember(delta: Delta, link: string, targetObjectType: string, key: string): ConnectorError {
  return new ConnectorError({
    code: 'CONSTRAINT_VIOLATION',
    message: `Could not ${delta.kind} ${delta.objectType} ${JSON.stringify(delta.key)}: its link "${link}" names the ${targetObjectType} ${JSON.stringify(key)}, which is not in the directory.`,
    hint: 'Create the member first, or synchronise again.',
  });
}

/** The members of a link among the named ones, in the order of the delta. */
export function membersIn(named: NamedMembers, link: string, keys: readonly string[] | undefined): readonly Member[] {
  const members = named.get(link);
  return [...new Set(keys ?? [])].flatMap((key) => members?.get(key) ?? []);
}

/** The attribute of that role, when the object type has one. */
export function withRole({ attributes }: Layout, role: PlacedAttribute['role']): PlacedAttribute | undefined {
  return attributes.find((attribute) => attribute.role === role);
}

/** The password a delta sets, or null. */
export function passwordOf({ layout, delta }: Job): string | null {
  const name = withRole(layout, 'password')?.name;
  const value = name === undefined ? undefined : delta.set[name];
  return typeof value === 'string' ? value : null;
}

/** Whether passwords go through the operation made for them, which also stores them as the server wants. */
export function usesPasswordOperation({ layout, directory }: Job): boolean {
  const method = layout.setting.password?.method ?? null;
  return method === null ? directory.facts.hasPasswordModify : method === 'operation';
}

/** Sets the password; a refused one that the entry has already is no change. It cannot be taken back. */
export function passwordStep(job: Job, dn: string, password: string): Step {
  const attribute = job.layout.setting.password?.attribute ?? 'userPassword';
  const send = usesPasswordOperation(job)
    ? () => job.client.extended(passwordModifyOid, passwordModification(dn, password))
    : () => job.client.modify(dn, [{ operation: 'replace', attribute, values: [password] }]);
  return {
    run: async () => {
      try {
        await send();
        return true;
      } catch (error) {
        if (isUsedAlready(error) && (await job.accepts(dn, password))) return false;
        throw error;
      }
    },
    undo: null,
  };
}

// A password policy refuses the password an entry has: after a lost answer that is the one wished for. Only its text says
// so, and only then it is tried out: a wrong password counts against the account.
function isUsedAlready(error: unknown): boolean {
  return isLdapResult(error, 19) && /existing|history|recent|reuse|same/i.test(error.diagnostic);
}

export function notFound(delta: Delta): ApplyOutcome {
  return refusal(delta, 'NOT_FOUND', 'it does not exist');
}
