// Orders of which nothing can be seen in the target: says in SQL what `isBlind` (domain/verification.ts) says, and which accounts
// such an order, or one that people carried out in a system nobody reads, has left as finally written.

/** `delta`: a column. Such an order ends EXECUTED, and nobody looks for it. */
export const isBlindDelta = (
  delta: string,
): string => `(${delta} ->> 'kind' = 'UPDATE' and jsonb_array_length(${delta} -> 'links') = 0
  and jsonb_array_length(${delta} -> 'scalars') > 0
  and not exists (select from jsonb_array_elements(${delta} -> 'scalars') as blind where coalesce((blind ->> 'isMapped')::boolean, true)))`;

/** `account`: an alias of resource_assignment. Nobody will see more of it, so nothing may wait for that. */
export const isFinallyWritten = (account: string): string =>
  `coalesce(${account}.provisioning_state = 'EXECUTED' and ${account}.final_version = ${account}.desired_version, false)`;
