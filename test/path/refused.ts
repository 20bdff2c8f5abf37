// Requests and decisions as a client sends them, answered with what was refused.
import type { Company } from './company.js';

export interface Refused {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly field: readonly string[] | null;
}

const userErrors = 'userErrors { code message hint field }';

/** Asks for one item, with the action ADD unless it says another. */
export async function submit(
  company: Company,
  person: string,
  beneficiaryId: string,
  item: Readonly<Record<string, unknown>>,
): Promise<{ readonly assignmentRequest: { readonly id: string } | null; readonly userErrors: readonly Refused[] }> {
  const { assignmentRequestCreate } = await company.ask<{
    assignmentRequestCreate: { assignmentRequest: { id: string } | null; userErrors: readonly Refused[] };
  }>(
    person,
    `mutation($i: AssignmentRequestCreateInput!) { assignmentRequestCreate(input: $i) { assignmentRequest { id } ${userErrors} } }`,
    { i: { beneficiaryId, items: [{ action: 'ADD', ...item }], justification: 'A test of refusals.' } },
  );
  return assignmentRequestCreate;
}

/** Tries to approve; answers what is refused, nothing when it was done. */
export async function approve(company: Company, person: string, requestId: string): Promise<readonly Refused[]> {
  const { assignmentRequestsReview } = await company.ask<{
    assignmentRequestsReview: { userErrors: readonly Refused[] };
  }>(person, `mutation($i: AssignmentRequestsReviewInput!) { assignmentRequestsReview(input: $i) { ${userErrors} } }`, {
    i: { items: [{ assignmentRequestId: requestId, decision: 'APPROVED' }] },
  });
  return assignmentRequestsReview.userErrors;
}

/** Throws when it is refused. */
export async function cancel(company: Company, person: string, requestId: string): Promise<void> {
  const { assignmentRequestCancel } = await company.ask<{
    assignmentRequestCancel: { userErrors: readonly Refused[] };
  }>(person, `mutation($id: ID!) { assignmentRequestCancel(id: $id) { ${userErrors} } }`, { id: requestId });
  if (assignmentRequestCancel.userErrors.length > 0)
    throw new Error(JSON.stringify(assignmentRequestCancel.userErrors));
}
