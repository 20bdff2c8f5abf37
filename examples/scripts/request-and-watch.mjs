// Asks for a role as camille.roy, approves it as whoever it waits for, and prints each state as it arrives:
//   node examples/scripts/request-and-watch.mjs [expense-approver|crm-editor] [--remove]
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { ask, fail, refuse, signIn, watch } from './session.mjs';

const roleName = process.argv.slice(2).find((word) => !word.startsWith('--')) ?? 'expense-approver';
const isRemoval = process.argv.includes('--remove');
const deadline = setTimeout(() => fail('The role did not reach VERIFIED within 120 s.'), 120_000);
const say = (line) => process.stdout.write(`${new Date().toISOString().slice(11, 23)}  ${line}\n`);

const token = await signIn('camille.roy');
const { identity, role } = await ask(
  token,
  `query Subject($role: String!) {
  identity(identifier: "camille.roy") { id displayName }
  role(identifier: $role) { id displayName description }
}`,
  { role: roleName },
);
if (!role) fail(`There is no role ${roleName}.`);
say(`${identity.displayName} asks to ${isRemoval ? 'give back' : 'get'} «${role.displayName}»: ${role.description}`);

const states = [];
const ended = watch(
  token,
  `subscription Watch($identityId: ID!, $roleId: ID!) {
  assignmentChanged(filter: { identityId: { eq: $identityId }, roleId: { eq: $roleId } }) {
    __typename
    ... on AssignmentChanged { previousProvisioningState previousWorkflowState assignment { workflowState provisioningState ... on RoleAssignment { role { identifier } } } }
  }
}`,
  { identityId: identity.id, roleId: role.id },
  ({ assignmentChanged: item }) => {
    if (item.__typename !== 'AssignmentChanged') return false;
    const { workflowState, provisioningState } = item.assignment;
    const isPresent = item.previousProvisioningState === null && item.previousWorkflowState === null;
    say(`  ${isPresent ? 'now' : '   '} ${workflowState.padEnd(18)} ${provisioningState}`);
    if (['ERRORED', 'ERROR'].includes(provisioningState)) fail('The order failed: see provisioningOrders.');
    if (states.at(-1) !== provisioningState) states.push(provisioningState);
    return states.includes('PENDING') && provisioningState === 'VERIFIED';
  },
);

const request = await submit();
await approve(request);
await ended;
clearTimeout(deadline);
say(states.slice(states.lastIndexOf('PENDING')).join(' → '));
const target = fileURLToPath(new URL('./target.mjs', import.meta.url));
process.stdout.write(
  execFileSync(process.execPath, [target, 'show', roleName.startsWith('crm') ? 'crm' : 'expense', 'camille.roy']),
);

async function submit() {
  const {
    assignmentRequestCreate: { assignmentRequest, userErrors },
  } = await ask(
    token,
    `mutation Ask($input: AssignmentRequestCreateInput!, $key: String!) {
    assignmentRequestCreate(input: $input) @idempotent(key: $key) { assignmentRequest { id number state } userErrors { code message hint } }
  }`,
    {
      input: {
        beneficiaryId: identity.id,
        items: [{ action: isRemoval ? 'REMOVE' : 'ADD', roleId: role.id }],
        justification: 'Needed for the quarterly closing.',
      },
      key: randomUUID(),
    },
  );
  refuse(userErrors);
  say(`${assignmentRequest.number} is ${assignmentRequest.state}`);
  return assignmentRequest;
}

/** Signs in as the first candidate of each open step, looks at the request, and approves what was seen. */
async function approve({ id }) {
  for (;;) {
    const { assignmentRequest } = await ask(
      token,
      `query Open($id: ID!) {
      assignmentRequest(id: $id) { state approvals { step stepCount decision candidates { identifier displayName } } }
    }`,
      { id },
    );
    if (assignmentRequest.state !== 'PENDING_APPROVAL') return;
    const open = assignmentRequest.approvals
      .filter(({ decision }) => decision === null)
      .sort((a, b) => a.step - b.step)[0];
    const approver = open.candidates[0];
    const theirs = await signIn(approver.identifier);
    const seen = await ask(theirs, 'query Seen($id: ID!) { assignmentRequest(id: $id) { digest viewerCanApprove } }', {
      id,
    });
    const {
      assignmentRequestsReview: { userErrors },
    } = await ask(
      theirs,
      `mutation Review($input: AssignmentRequestsReviewInput!) {
      assignmentRequestsReview(input: $input) { assignmentRequests { id } userErrors { code message hint } }
    }`,
      {
        input: {
          items: [
            {
              assignmentRequestId: id,
              decision: 'APPROVED',
              seenDigest: seen.assignmentRequest.digest,
              comment: 'Fine.',
            },
          ],
        },
      },
    );
    refuse(userErrors);
    say(`${approver.displayName} approves step ${open.step} of ${open.stepCount}`);
  }
}
