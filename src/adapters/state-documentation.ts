// The reference page of all states and transitions, as text made from the tables that the program runs by.
import { itemTransitions, requestStates } from '../domain/request.js';
import { orderTransitions, provisioningStates } from '../domain/provisioning-state.js';
import { workflowMeanings, workflowTransitions } from '../domain/workflow-state.js';

export const statesPage = (): string => [provisioningPart(), workflowPart(), itemPart()].join('\n');

const provisioningPart = (): string => `# States and transitions

This page is written by \`npm run reference:print\` from the tables in \`src/domain/\`. Do not edit it by hand. What the
states mean together is in [behaviour](../behaviour.md).

## Provisioning states

How far a write is: of an order, of an account, and, the worst of its accounts, of a role.

${table(
  ['state', 'no', 'a row gets in when', 'who moves it on', 'if nobody does'],
  Object.entries(provisioningStates).map(([state, { number, enters, leaves, otherwise }]) => [
    state,
    String(number),
    enters,
    leaves,
    otherwise,
  ]),
)}

## Transitions of an order

No other change of an order's state is possible: a trigger of the database refuses it. An order begins as PENDING, or as
AWAITING_APPROVAL where a person has to look first.

${table(['transition', 'from', 'to', 'by'], transitionRows(orderTransitions))}
`;

const workflowPart = (): string => `## Workflow states

Why an assignment exists, and who decided. The numbers are those of the product that the words come from.

${table(
  ['state', 'no', 'a row gets in when', 'who moves it on', 'if nobody does'],
  Object.entries(workflowMeanings).map(([state, { number, enters, leaves, otherwise }]) => [
    state,
    number,
    enters,
    leaves,
    otherwise,
  ]),
)}

## Transitions of an assignment

NEW: there was none before.

${table(['transition', 'from', 'to', 'by'], transitionRows(workflowTransitions))}
`;

const itemPart = (): string => `## Transitions of an item of a request

A request shows the state that its items make.

${table(
  ['state', 'an item gets in when', 'who moves it on', 'if nobody does'],
  Object.entries(requestStates).map(([state, { enters, leaves, otherwise }]) => [state, enters, leaves, otherwise]),
)}

${table(
  ['transition', 'from', 'to'],
  transitionRows(itemTransitions).map((row) => row.slice(0, 3)),
)}
`;

type Transitions = Readonly<
  Record<string, { readonly from: readonly string[]; readonly to: string; readonly by?: string }>
>;

const transitionRows = (transitions: Transitions): readonly (readonly string[])[] =>
  Object.entries(transitions).map(([name, { from, to, by }]) => [name, from.join(', '), to, by ?? '']);

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
