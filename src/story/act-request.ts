// People ask for access and decide about it, as the API lets them.
import type { Memory } from './memory.js';
import { type Refusal, refusalsIn, type UserErrors } from './refusal.js';
import { identityId, requestOf, roleId, type SeenRequest } from './sight.js';
import type { Step } from './shape.js';
import type { World } from './world.js';

interface Created {
  readonly assignmentRequestCreate: UserErrors & { readonly assignmentRequest: { readonly id: string } | null };
}

export async function submitRequest(
  world: World,
  memory: Memory,
  request: NonNullable<Step['request']>,
): Promise<Refusal | null> {
  const api = world.api();
  const { action = 'ADD', role = '', from, until, parameters } = request;
  const wanted = request.items ?? [{ action, role, from, until, parameters }];
  const items = await Promise.all(
    wanted.map(async (item) => ({
      action: item.action,
      roleId: await roleId(api, item.role),
      startDate: item.from,
      endDate: item.until,
      parameters: item.parameters,
    })),
  );
  const { assignmentRequestCreate: answer } = await api.ask<Created>(
    request.by,
    'mutation($i: AssignmentRequestCreateInput!) { assignmentRequestCreate(input: $i) { assignmentRequest { id } userErrors { code message } } }',
    {
      i: {
        beneficiaryId: await identityId(api, request.for ?? request.by),
        items,
        justification: request.because ?? 'It is needed for the work.',
      },
    },
  );
  if (answer.assignmentRequest === null) return refusalsIn(answer);
  memory.requests.set('last', answer.assignmentRequest.id);
  memory.requests.set(request.as ?? 'last', answer.assignmentRequest.id);
  return null;
}

/** Throws for a name that no request of the story has. */
export function requestNamed(memory: Memory, name = 'last'): string {
  const id = memory.requests.get(name);
  if (id === undefined) throw new Error(`no request before this step is called «${name}»`);
  return id;
}

export async function decideRequest(
  world: World,
  memory: Memory,
  { by, request, comment, changes }: NonNullable<Step['approve']>,
  decision: 'APPROVED' | 'DECLINED',
): Promise<Refusal | null> {
  const id = requestNamed(memory, request);
  const { digest, items } = await requestOf(world.api(), id, by);
  const changed = changes === undefined ? {} : { changes: changesOf(items, changes) };
  const { assignmentRequestsReview } = await world
    .api()
    .ask<{ assignmentRequestsReview: UserErrors }>(
      by,
      'mutation($i: AssignmentRequestsReviewInput!) { assignmentRequestsReview(input: $i) { userErrors { code message } } }',
      { i: { items: [{ assignmentRequestId: id, decision, comment, seenDigest: digest, ...changed }] } },
    );
  return refusalsIn(assignmentRequestsReview);
}

/** Throws for a role that the request does not ask for. */
const changesOf = (items: SeenRequest['items'], changes: NonNullable<NonNullable<Step['approve']>['changes']>) =>
  Object.entries(changes).map(([role, { from, until }]) => {
    const item = items.find((one) => one.role.identifier === role);
    if (item === undefined) throw new Error(`the request asks for no role «${role}»`);
    return { itemId: item.id, startDate: from, endDate: until };
  });

export async function cancelRequest(
  world: World,
  memory: Memory,
  { by, request, reason }: NonNullable<Step['cancel']>,
): Promise<Refusal | null> {
  const { assignmentRequestCancel } = await world
    .api()
    .ask<{ assignmentRequestCancel: UserErrors }>(
      by,
      'mutation($id: ID!, $reason: String) { assignmentRequestCancel(id: $id, reason: $reason) { userErrors { code message } } }',
      { id: requestNamed(memory, request), reason },
    );
  return refusalsIn(assignmentRequestCancel);
}
