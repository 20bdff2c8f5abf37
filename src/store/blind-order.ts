// Orders of which nothing can be seen in the target: says in SQL what `isBlind` (domain/verification.ts) says.

/** `delta`: a column. Such an order ends EXECUTED, and nobody looks for it. */
export const isBlindDelta = (
  delta: string,
): string => `(${delta} ->> 'kind' = 'UPDATE' and jsonb_array_length(${delta} -> 'links') = 0
  and jsonb_array_length(${delta} -> 'scalars') > 0
  and not exists (select from jsonb_array_elements(${delta} -> 'scalars') as blind where coalesce((blind ->> 'isMapped')::boolean, true)))`;
