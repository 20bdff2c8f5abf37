// The command palette: one text, and the things of all kinds it may mean, of those the viewer may see.
import { Arg, Ctx, Int, Query, Resolver } from 'type-graphql';
import { type NodeType, toGlobalId } from '../domain/global-id.js';
import { isAllowed, readScope } from '../domain/permission.js';
import { fits, mostHits, numberMeant, scoreOf, searchedText } from '../domain/search.js';
import { SearchHit } from '../schema/search.js';
import type { FoundRow } from '../steps/ports/search.js';
import type { RequestContext } from './context.js';
import { badUserInput } from './error.js';
import { identityById } from './identity-loader.js';
import { executionQuestion } from './job-execution-loader.js';
import { orderQuestion } from './provisioning-order-loader.js';
import { requestQuestion } from './request-loader.js';

/** A hit whose thing is not fetched yet. */
interface Found {
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  readonly subtitle: string | null;
  readonly score: number;
}

@Resolver()
export class SearchResolver {
  @Query(() => [SearchHit], {
    description:
      'Command palette: identities, roles, resources, requests, orders and executions by number, connectors; the best first. Only what the viewer may see.',
  })
  async search(
    @Ctx() context: RequestContext,
    @Arg('text', () => String, {
      description:
        'A number (REQ-1042, or 1042 alone), an identifier, a mail address, a name, or a part of one. Shorter than 2 characters: nothing is found.',
    })
    text: string,
    @Arg('first', () => Int, { nullable: true, defaultValue: 10, description: 'Hits at most, 1 to 50.' })
    given: number | null,
  ): Promise<readonly SearchHit[]> {
    const first = given ?? 10;
    if (first < 1 || first > mostHits)
      throw badUserInput(`first is ${first}; from 1 to ${mostHits} hits can be asked for.`);
    const searched = searchedText(text);
    if (searched === null) return [];
    const found = await Promise.all([
      rows(searched, first, context),
      configured(searched, context),
      request(searched, context),
      order(searched, context),
      execution(searched, context),
    ]);
    const best = found.flat().sort(byScore).slice(0, first);
    return (await Promise.all(best.map((one) => hit(one, context)))).flat();
  }
}

async function hit({ id, ...found }: Found, context: RequestContext): Promise<readonly SearchHit[]> {
  // Gone since it was found, or not for this viewer after all.
  const node = await context.findNode(id);
  return node === null ? [] : [Object.assign(new SearchHit(), { node, ...found })];
}

const kinds = ['AssignmentRequest', 'ProvisioningOrder', 'JobExecution', 'Identity', 'Role', 'Connector', 'Resource'];

const byScore = (left: Found, right: Found): number =>
  right.score - left.score ||
  kinds.indexOf(left.kind) - kinds.indexOf(right.kind) ||
  left.title.localeCompare(right.title, 'en') ||
  left.id.localeCompare(right.id, 'en');

async function rows(text: string, limit: number, { ports, actor }: RequestContext): Promise<readonly Found[]> {
  const found = await ports.search.rows({ text, resources: readScope(actor, 'resource.read'), limit });
  return found.map((row) => ({
    id: toGlobalId(row.kind, row.id),
    kind: row.kind,
    title: row.name,
    subtitle: [row.detail, row.kind === 'Identity' ? row.email : row.key].filter(Boolean).join(' · ') || null,
    score: scoreOfRow(text, row),
  }));
}

/** The database and this program may differ about the case of rare letters: what it found fits somehow. */
const scoreOfRow = (text: string, { key, name, email }: FoundRow): number =>
  Math.max(scoreOf(text, { identifier: key, name, further: email === null ? [] : [email] }), fits.within);

async function configured(text: string, { ports, actor }: RequestContext): Promise<readonly Found[]> {
  const { roles, configuration } = await ports.models.current();
  const found = (kind: string, type: NodeType, identifier: string, name: string): Found => ({
    id: toGlobalId(type, identifier),
    kind,
    title: name,
    subtitle: identifier,
    score: scoreOf(text, { identifier, name }),
  });
  const connectors = isAllowed(actor, 'connector.read') ? configuration.connectors : [];
  return [
    ...[...roles.values()].map((role) => found('Role', 'SingleRole', role.identifier, role.displayName)),
    ...connectors.map((one) => found('Connector', 'Connector', one.identifier, one.displayName)),
  ].filter(({ score }) => score > 0);
}

async function request(text: string, context: RequestContext): Promise<readonly Found[]> {
  const number = numberMeant(text, 'REQ');
  if (number === null) return [];
  const { ports, actor, loaders } = context;
  const view = await ports.requests.byNumber(BigInt(number), requestQuestion(actor, null).scope);
  if (view === null) return [];
  const beneficiary = await loaders.load(identityById, view.beneficiaryId);
  return [numbered('AssignmentRequest', view.id, view.number, beneficiary?.displayName ?? null)];
}

async function order(text: string, { ports, actor, loaders }: RequestContext): Promise<readonly Found[]> {
  const number = numberMeant(text, 'ORD');
  if (number === null) return [];
  const view = await ports.orders.byNumber(BigInt(number), orderQuestion(actor, null).scope);
  if (view === null) return [];
  const type = (await ports.models.current()).resourceTypes.get(view.resourceType)?.definition.displayName;
  const owner = view.identityId === null ? null : await loaders.load(identityById, view.identityId);
  const subtitle = [type ?? view.resourceType, owner?.displayName].filter(Boolean).join(' · ');
  return [numbered('ProvisioningOrder', view.id, view.number, subtitle)];
}

async function execution(text: string, { ports, actor }: RequestContext): Promise<readonly Found[]> {
  const number = numberMeant(text, 'EXE');
  if (number === null) return [];
  const view = await ports.jobExecutions.byNumber(number, executionQuestion(actor, null).scope);
  if (view === null) return [];
  const { jobs } = (await ports.models.current()).configuration;
  const job = jobs.find(({ identifier }) => identifier === view.job)?.displayName ?? view.job;
  return [numbered('JobExecution', view.id, `EXE-${view.number}`, job)];
}

const numbered = (
  kind: 'AssignmentRequest' | 'ProvisioningOrder' | 'JobExecution',
  id: string,
  title: string,
  subtitle: string | null,
): Found => ({ id: toGlobalId(kind, id), kind, title, subtitle, score: fits.identifier });
