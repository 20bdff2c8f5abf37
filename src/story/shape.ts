// The words of a story file and of a company file. Owns what may stand where; reading and places are file.ts', doing is act*.ts'.
import { z } from 'zod';
import { duration, localInstant } from './instant.js';

const name = z.string().min(1);
const local = z.string().regex(localInstant, 'expected a local date and time such as 2027-03-01T09:00');
const length = z.string().regex(duration, 'expected a length such as P1D or PT30M');
const day = z.iso.date('expected a day such as 2027-03-01');
const zone = z.string().refine(isZone, 'expected an IANA time zone such as Europe/Paris');

function isZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text }).format();
    return true;
  } catch {
    return false;
  }
}

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const cell = z.union([scalar, z.array(scalar)]);
const row = z.record(name, cell);

export const tableChange = z
  .strictObject({
    set: z
      .record(name, row)
      .describe('Key of a row → the columns to change; a row that is not there is added.')
      .optional(),
    remove: z.array(name).describe('Keys of rows to remove.').optional(),
    keep: z.array(name).describe('Removes all rows but these.').optional(),
    rename: z.record(name, name).describe('Key of a row → its new key.').optional(),
    header: z.record(name, name).describe('Files only: name of a column → its new name.').optional(),
  })
  .describe('Changes of the rows of one object type of a connection.');

const changes = z
  .record(name, tableChange)
  .describe('Object type of a connection (`people`, or `hr-file/people`) → changes.');

const overlayEntry = z
  .looseObject({ identifier: name.optional(), profile: name.optional(), absent: z.literal(true).optional() })
  .describe(
    'The keys given replace those of the entry with this identifier; a new identifier is appended; `absent: true` removes it.',
  );
const overlay = z
  .record(name, z.array(overlayEntry))
  .describe('Kind of configuration entries (`roleRules`, `singleRoles` …) → entries laid over those of the folder.');

const items = z.array(
  z.strictObject({
    action: z.enum(['ADD', 'UPDATE', 'REMOVE', 'DENY', 'ALLOW']).default('ADD'),
    role: name,
    from: day.optional(),
    until: day.optional(),
    parameters: z.record(name, z.string()).optional(),
  }),
);

const request = z
  .strictObject({
    by: name.describe('Who asks.'),
    for: name.describe('For whom; default: who asks.').optional(),
    action: z.enum(['ADD', 'UPDATE', 'REMOVE', 'DENY', 'ALLOW']).describe('Default ADD.').optional(),
    role: name.describe('The role; or name several in `items`.').optional(),
    from: day.optional(),
    until: day.optional(),
    parameters: z.record(name, z.string()).optional(),
    items: items.describe('Several roles in one request.').optional(),
    because: z.string().optional(),
    as: name.describe('A name for later steps; default `last`.').optional(),
  })
  .refine((value) => (value.role === undefined) !== (value.items === undefined), 'needs either `role` or `items`');

const decision = z.strictObject({
  by: name.describe('Who decides.'),
  request: name.describe('Name of the request; default: the last one.').optional(),
  comment: z.string().optional(),
  changes: z
    .record(name, z.strictObject({ from: day.nullable().optional(), until: day.nullable().optional() }))
    .describe('Approving with a change: role → its dates.')
    .optional(),
});

const orderChoice = {
  for: name.describe('Owner of the orders.').optional(),
  type: name.describe('Resource type.').optional(),
  kind: z.enum(['CREATE', 'UPDATE', 'DELETE', 'ASSOCIATE', 'DISSOCIATE']).optional(),
};

const review = z
  .strictObject({
    by: name,
    ...orderChoice,
    decision: z.enum(['APPROVED', 'DECLINED', 'POSTPONED']),
    comment: z.string().optional(),
    properties: z
      .record(name, z.enum(['APPROVED', 'DECLINED']))
      .describe('Property → decision about it alone.')
      .optional(),
  })
  .describe('Decides the orders that await approval and fit the choice.');

const complete = z
  .strictObject({
    by: name,
    ...orderChoice,
    key: z.string().describe('Key of what was made in the system.').optional(),
    comment: z.string().optional(),
    error: z.string().describe('Reports an error instead.').optional(),
  })
  .describe('Confirms manual orders that fit the choice.');

const retry = z.strictObject({ by: name, ...orderChoice }).describe('Tries errored orders that fit the choice again.');

const reconcile = z
  .strictObject({
    by: name,
    kind: z
      .enum(['ROLE', 'RESOURCE', 'PROPERTY', 'UNAUTHORIZED_ACCOUNT', 'ORPHANED_ACCOUNT', 'UNUSED_ACCOUNT'])
      .optional(),
    for: name.describe('Identity the item is about.').optional(),
    resource: name.describe('Key or name of the resource.').optional(),
    property: name.optional(),
    decision: z.enum(['KEEP', 'REMOVE', 'CORRECT', 'LINK', 'IGNORE', 'POSTPONE']),
    owner: name.describe('LINK: whose it is.').optional(),
    comment: z.string().optional(),
  })
  .describe('Decides the reconciliation items that fit the choice.');

const target = z
  .record(name, z.union([z.enum(['down', 'up']), tableChange]))
  .describe('Connection → `down` or `up`; or object type → changes made in the system from outside.');

const graphql = z.strictObject({
  by: name,
  query: z.string().min(1),
  variables: z
    .record(name, z.unknown())
    .describe(
      '`{ $identity: camille.roy }`, `{ $role: … }`, `{ $request: … }`, `{ $resourceType: … }` stand for ids, `{ $kept: … }` for what was kept.',
    )
    .optional(),
  keep: z.record(name, name).describe('Name for later steps → path in the answer, e.g. `plan.id`.').optional(),
});

const states = z.union([
  z.string().regex(/^(absent|[A-Z_]+(\/[A-Z_]+)?)$/, 'expected WORKFLOW/PROVISIONING, WORKFLOW or absent'),
  z.strictObject({
    workflow: name.optional(),
    provisioning: name.optional(),
    passed: z.array(name).describe('Provisioning states since the last expectation, in this order.').optional(),
    from: day.nullable().optional(),
    until: day.nullable().optional(),
    values: z.record(name, name).describe('Accounts: property → WORKFLOW/PROVISIONING of its value.').optional(),
  }),
]);

const expectedOrder = z.strictObject({
  ...orderChoice,
  state: name.optional(),
  mode: z.enum(['AUTOMATIC', 'MANUAL']).optional(),
  changes: z.record(name, cell).describe('Property → proposed value; links as a list of `+key` and `-key`.').optional(),
  passed: z.array(name).describe('States since the last expectation, in this order.').optional(),
  error: name.describe('Code of the error.').optional(),
});

const explanation = z.strictObject({
  for: name,
  of: name.describe('Role or resource type.'),
  verdict: name.optional(),
  says: z
    .union([name, z.array(name)])
    .describe('Texts in the summary or in the labels of the paths.')
    .optional(),
});

export const expectation = z.strictObject({
  assignments: z.record(name, z.record(name, states)).describe('Person → role or resource type → states.').optional(),
  orders: z.array(expectedOrder).describe('Among the orders made or moved since the last expectation.').optional(),
  target: z
    .record(name, z.record(name, z.union([z.literal('absent'), row])))
    .describe('Object type → key of a row → columns, or absent.')
    .optional(),
  request: z
    .strictObject({
      name: name.describe('Default: the last one.').optional(),
      state: name.optional(),
      'waiting-on': z.array(name).describe('Identifiers of those it waits for.').optional(),
      warnings: z.array(name).describe('Kinds of warnings of its items.').optional(),
    })
    .optional(),
  explanation: z.union([explanation, z.array(explanation)]).optional(),
  refused: name.describe('Code with which the step is refused.').optional(),
  execution: z
    .strictObject({ state: name.optional(), violations: z.array(name).optional(), errors: z.array(name).optional() })
    .describe('Of the last job that ran; `errors`: identifiers of failed tasks.')
    .optional(),
  reconciliation: z
    .array(
      z.strictObject({
        kind: name.optional(),
        for: name.optional(),
        resource: name.optional(),
        property: name.optional(),
        current: cell.optional(),
        expected: cell.optional(),
        suggestion: name.optional(),
      }),
    )
    .describe('All open items; an empty list: none.')
    .optional(),
  data: z.unknown().describe('After `graphql`: a part of the answer.').optional(),
  'nothing-else': z
    .literal(true)
    .describe('No order and no changed row besides those named, since the last expectation.')
    .optional(),
});

const step = z.strictObject({
  note: z.string().optional(),
  hr: changes.describe('Changes of a source of people; nothing runs by itself.').optional(),
  at: local.describe('Moves the clock there and runs the job `incremental`.').optional(),
  after: length.describe('Moves the clock by this length and runs the job `incremental`.').optional(),
  run: z
    .union([name, z.strictObject({ job: name, by: name })])
    .describe('Runs a job of the configuration to its end; `by`: who launches it.')
    .optional(),
  request: request.optional(),
  cancel: z.strictObject({ by: name, request: name.optional(), reason: z.string().optional() }).optional(),
  approve: decision.optional(),
  decline: decision.optional(),
  review: review.optional(),
  complete: complete.optional(),
  retry: retry.optional(),
  reconcile: reconcile.optional(),
  resume: z
    .strictObject({ by: name, comment: z.string().default('Seen.') })
    .describe('Lets the last blocked execution go on.')
    .optional(),
  target: target.optional(),
  configure: overlay.describe('Changes the configuration and starts the program again with it.').optional(),
  graphql: graphql.optional(),
  expect: expectation.optional(),
});

export const companyShape = z.strictObject({
  configuration: name.describe('Folder of configuration files, from here.').optional(),
  data: name.describe('Folder of data: <connection>/<file>.csv, from here.').optional(),
  zone: zone.describe('Time zone of the company; default Europe/Paris.').optional(),
  start: local.describe('When its stories begin; default 2027-03-01T09:00.').optional(),
  overlay: overlay.optional(),
  systems: z
    .record(name, z.record(z.string(), z.unknown()))
    .describe(
      'Connection → settings of a system that runs already, laid over those of the configuration: an empty place of its own, which stories empty. { $env: NAME } stands for a variable of the environment, { $file: path } for a file.',
    )
    .optional(),
});

export const storyShape = z.strictObject({
  title: name.describe('What happens, in a sentence.'),
  company: name
    .describe('A company file, or a folder with configuration/ and data/; default: the nearest company.yaml.')
    .optional(),
  zone: zone.describe('Time zone of the company.').optional(),
  start: local.describe('When the story begins, in the zone.').optional(),
  configuration: overlay.optional(),
  data: changes.describe('Changes of the data before the story begins.').optional(),
  load: z.literal(false).describe('Leaves out the first run of the job `complete`.').optional(),
  steps: z.array(step).min(1),
});

export type StoryShape = z.output<typeof storyShape>;
export type CompanyShape = z.output<typeof companyShape>;
export type Step = z.output<typeof step>;
export type Expectation = z.output<typeof expectation>;
export type TableChange = z.output<typeof tableChange>;
export type Overlay = z.output<typeof overlay>;
export type Cell = z.output<typeof cell>;

/** What a step does; `note` and `expect` stand beside it. */
export const actions = [
  'hr',
  'at',
  'after',
  'run',
  'request',
  'cancel',
  'approve',
  'decline',
  'review',
  'complete',
  'retry',
  'reconcile',
  'resume',
  'target',
  'configure',
  'graphql',
] as const;

/** The JSON Schema (draft 2020-12) of one story file, for editors. */
export const storyJsonSchema = (): Readonly<Record<string, unknown>> => ({
  ...z.toJSONSchema(storyShape, { io: 'input', target: 'draft-2020-12' }),
  title: 'Joinery story',
});
