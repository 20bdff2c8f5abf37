// Links that the other entry holds: an account joins a group by a change of the group.
// Owns those changes, one for each other entry, each of which can be taken back.
import { equalTo, type LdapEntry } from '@joinery/ldap-client';
import { memberPlace } from './directory.js';
import { entriesMatching, type Member, memberValue } from './member.js';
import { inverted, type MemberChange, modifyEntry } from './membership.js';
import type { LdapLink } from './settings.js';
import type { Step } from './step.js';
import { type Job, membersIn, type NamedMembers } from './job.js';

/** The changes of other entries that a delta of this one means; `dn` is the name it has by then. */
export function othersSteps(job: Job, dn: string, named: NamedMembers, entry?: LdapEntry): readonly Step[] {
  return othersLinks(job).flatMap((link) => {
    const value = ownValue(job, link, dn, entry);
    const added = membersIn(named, link.name, job.delta.add[link.name]);
    const removed = membersIn(named, link.name, job.delta.remove[link.name]);
    return [
      ...removed.map((other) => otherStep(job, link, other, { add: [], remove: [value] })),
      ...added.map((other) => otherStep(job, link, other, { add: [value], remove: [] })),
    ];
  });
}

function othersLinks({ layout }: Job): readonly LdapLink[] {
  return layout.setting.links.filter(({ side }) => side === 'other');
}

function ownValue({ layout, delta }: Job, link: LdapLink, dn: string, entry: LdapEntry | undefined): string {
  if (link.value === 'dn') return dn;
  return (entry === undefined ? null : memberValue({ link, target: layout }, { entry })) ?? delta.key;
}

function otherStep(
  { client, directory }: Job,
  link: LdapLink,
  other: Pick<Member, 'entry'>,
  { add, remove }: Pick<MemberChange, 'add' | 'remove'>,
): Step {
  const { placeholderMember } = memberPlace(directory, link).target.setting;
  const change: MemberChange = { link, add, remove, placeholder: placeholderMember };
  return {
    run: async () => (await modifyEntry(client, other.entry.dn, [], [change])).hasChanged,
    undo: async () => void (await modifyEntry(client, other.entry.dn, [], [inverted(change)])),
  };
}

/** Takes the entry out of everything that links to it, as before its deletion. */
export async function leavingSteps(job: Job, entry: LdapEntry): Promise<readonly Step[]> {
  const steps: Step[] = [];
  for (const link of othersLinks(job)) {
    const value = ownValue(job, link, entry.dn, entry);
    const { target } = memberPlace(job.directory, link);
    const others = await entriesMatching(job.client, target, [equalTo(link.attribute, value)]);
    steps.push(...others.map((other) => otherStep(job, link, { entry: other }, { add: [], remove: [value] })));
  }
  return steps;
}
