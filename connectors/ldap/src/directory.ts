// What a session knows of its directory once it has asked: the server, and the object types fitted to it.
import { ConnectorError } from '@joinery/connector-kit';
import type { LdapClient } from '@joinery/ldap-client';
import { type Layout, layoutOf } from './layout.js';
import type { MemberPlace } from './member.js';
import { readServerFacts, type ServerFacts } from './server.js';
import type { LdapLink, LdapSettings } from './settings.js';

export interface Directory {
  readonly settings: LdapSettings;
  readonly facts: ServerFacts;
  readonly layouts: ReadonlyMap<string, Layout>;
}

export async function readDirectory(client: LdapClient, settings: LdapSettings): Promise<Directory> {
  const facts = await readServerFacts(client, settings.baseDn);
  const layouts = new Map(
    settings.objectTypes.map((type) => [type.name, layoutOf(type, facts, linksHeldBy(settings, type.name))]),
  );
  return { settings, facts, layouts };
}

function linksHeldBy({ objectTypes }: LdapSettings, name: string): readonly LdapLink[] {
  return objectTypes.flatMap(({ links }) =>
    links.filter(({ side, targetObjectType }) => side === 'other' && targetObjectType === name),
  );
}

/** The layout of an object type; throws INVALID_VALUE when the settings have none of that name. */
export function layoutNamed({ layouts }: Directory, objectType: string): Layout {
  const layout = layouts.get(objectType);
  if (layout !== undefined) return layout;
  throw new ConnectorError({
    code: 'INVALID_VALUE',
    message: `The settings have no object type "${objectType}".`,
    hint: `Known object types: ${[...layouts.keys()].join(', ')}.`,
  });
}

/** A link together with the layout of its members. */
export function memberPlace(directory: Directory, link: LdapLink): MemberPlace {
  return { link, target: layoutNamed(directory, link.targetObjectType) };
}
