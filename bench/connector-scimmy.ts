// A SCIM service (SCIMMY); against plain HTTP calls at the same concurrency: one POST an account, later one PATCH.
import { type BenchSystem, type Round, systemFile, type Values } from './connector-system.js';

type ScimmyModule = typeof import('../test/systems/scimmy.mjs');

export async function startChat(concurrency: number): Promise<BenchSystem> {
  const { startScimmy } = (await import(systemFile('scimmy'))) as ScimmyModule;
  const server = await startScimmy();
  const ids = new Map<string, string>();
  const token = await server.token();
  return {
    name: 'chat',
    package: 'scim',
    settings: {
      baseUrl: server.baseUrl,
      authentication: 'oauth2',
      oauthEndpoint: server.oauthEndpoint,
      clientId: server.clientId,
      clientSecret: server.clientSecret,
      maxConnections: concurrency,
    },
    objectType: 'user',
    key: 'id',
    properties: { id: 'id', userName: 'userName', displayName: 'displayName', mail: 'emails.work' },
    control: `plain HTTP calls, ${concurrency} at once: a POST or a PATCH an account`,
    values,
    change: (names, round) =>
      atOnce(concurrency, names, async (name) => {
        const id = await send(server.baseUrl, token, ids.get(name) ?? null, body(name, round));
        ids.set(name, id);
      }),
    stop: () => server.stop(),
  };
}

const values = (name: string, round: Round): Values => ({
  ...(round === 'create' ? { userName: name } : {}),
  displayName: `${round} ${name}`,
  mail: `${name}.${round}@example.org`,
});

function body(name: string, round: Round): object {
  const { displayName, mail } = values(name, round);
  if (round === 'create')
    return {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName: name,
      displayName,
      emails: [{ type: 'work', value: mail }],
    };
  return {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: [
      { op: 'replace', path: 'displayName', value: displayName },
      { op: 'replace', path: 'emails[type eq "work"].value', value: mail },
    ],
  };
}

/** Answers the account's id. */
async function send(baseUrl: string, token: string, id: string | null, content: object): Promise<string> {
  const answer = await fetch(`${baseUrl}/Users${id === null ? '' : `/${id}`}`, {
    method: id === null ? 'POST' : 'PATCH',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
    body: JSON.stringify(content),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`The SCIM service answered ${answer.status}: ${text}`);
  return id ?? (JSON.parse(text) as { readonly id: string }).id;
}

async function atOnce(width: number, names: readonly string[], act: (name: string) => Promise<void>): Promise<void> {
  const waiting = [...names];
  const work = async (): Promise<void> => {
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) await act(name);
  };
  await Promise.all(Array.from({ length: width }, work));
}
