// Stories themselves: some of the shipped ones pass, and one whose expectation is wrong fails at its line and says why.
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { callContext } from '@joinery/connector-kit';
import memory from '@joinery/connector-memory';
import { formatProblem } from '../../src/story/file.js';
import { openGround, type StoryGround } from '../../src/story/ground.js';
import { runStories, type StoryResult } from '../../src/story/run.js';
import { runningSystem } from '../../src/story/running-system.js';
import { storyJsonSchema } from '../../src/story/shape.js';
import { testRedisUrl } from '../support/redis.js';

const stories = fileURLToPath(new URL('../../stories', import.meta.url));

let ground: StoryGround;
let folder: string;
beforeAll(async () => {
  ground = await openGround(process.env.TEST_DATABASE_URL ?? '', testRedisUrl);
  folder = await mkdtemp(join(tmpdir(), 'joinery-told-'));
}, 60_000);
afterAll(async () => {
  await ground.close();
  await rm(folder, { recursive: true, force: true });
});

const run = (...files: readonly string[]): Promise<readonly StoryResult[]> =>
  runStories({
    ground,
    files,
    fallback: stories,
    concurrency: 2,
    variable: () => undefined,
    onResult: () => undefined,
  });

/** The lines a person reads about a story of these steps. */
async function told(steps: string): Promise<readonly string[]> {
  const file = join(folder, 'told.yaml');
  await writeFile(file, `title: Told\ncompany: ${join(stories, 'company.yaml')}\n${steps}`);
  const [result] = await run(file);
  return (result?.problems ?? []).map((problem) => formatProblem(problem).replace(/^.*told\.yaml/, 'told.yaml'));
}

describe('shipped stories', () => {
  test.each(['joiner/first-day', 'leaver/last-day', 'approval/two-approvals', 'target/database-down'])(
    '%s comes true',
    async (name) => {
      const [result] = await run(join(stories, `${name}.yaml`));
      expect(result?.problems.map(formatProblem)).toEqual([]);
    },
  );
});

test('the stories of docs/stories.md come true', async () => {
  const page = await readFile(new URL('../../docs/stories.md', import.meta.url), 'utf8');
  const examples = [...page.matchAll(/^```yaml\n(title: .+?)^```/gms)].flatMap(([, text]) => text ?? []);
  expect(examples).toHaveLength(2);
  for (const [index, text] of examples.entries()) await writeFile(join(folder, `example-${index}.yaml`), text);
  await copyCompany();
  const results = await run(...examples.map((_, index) => join(folder, `example-${index}.yaml`)));
  expect(results.flatMap(({ problems }) => problems.map(formatProblem))).toEqual([]);
});

test('the JSON Schema for editors is what the program accepts', async () => {
  const printed = await readFile(new URL('../../docs/stories/schema.json', import.meta.url), 'utf8');
  expect(JSON.parse(printed)).toEqual(JSON.parse(JSON.stringify(storyJsonSchema())));
});

/** Beside the files, so that they find it without naming it. */
async function copyCompany(): Promise<void> {
  const configuration = fileURLToPath(new URL('../../examples/acme/configuration', import.meta.url));
  await writeFile(join(folder, 'company.yaml'), `configuration: ${configuration}\ndata: ${join(stories, 'data')}\n`);
}

test('finds the company in the folder above, with configuration and data side by side', async () => {
  const company = join(folder, 'port');
  await cp(join(stories, 'harbour'), company, { recursive: true });
  await rm(join(company, 'company.yaml'));
  await mkdir(join(company, 'stories'));
  const file = join(company, 'stories', 'told.yaml');
  await writeFile(
    file,
    'title: Told\nsteps:\n  - expect: { target: { users: { rui.lopes: { groups: [tugs, water] } } } }\n',
  );
  const [result] = await run(file);
  expect(result?.problems.map(formatProblem)).toEqual([]);
});

describe('a story that does not come true', () => {
  test('shows what was expected, what was found, and where it is written', async () => {
    const lines = await told(`steps:
  - hr: { people: { set: { sam.field: { site: BER } } } }
  - run: incremental
    expect:
      assignments:
        sam.field: { crm-sales-germany: CALCULATED/PENDING }
      target:
        accounts:
          sam.field:
            groups: [readers, sales-uk]
`);
    expect(lines).toEqual([
      expect.stringMatching(
        /^told\.yaml:8:41: steps\[1\]\.expect\.assignments.*\n.*expected CALCULATED\/PENDING\n.*found CALCULATED\/VERIFIED$/,
      ),
      expect.stringMatching(
        /^told\.yaml:12:21: steps\[1\]\.expect\.target.*\n.*expected \["readers","sales-uk"\]\n.*found \["readers","sales-germany"\]$/,
      ),
    ]);
  });

  test('fails when something happened besides what it names', async () => {
    const lines = await told(`steps:
  - hr: { people: { set: { sam.field: { site: BER } } } }
  - run: incremental
    expect: { nothing-else: true }
`);
    expect(lines.join('\n')).toContain('there are orders besides');
    expect(lines.join('\n')).toContain('crm-database/accounts sam.field changed besides');
  });

  test('fails when a step is refused that it expected to be done, and the other way round', async () => {
    expect(await told(`steps:\n  - request: { by: camille.roy, role: crm-auditor }\n`)).toEqual([
      expect.stringMatching(/^told\.yaml:4:5: steps\[0\].*\n.*was refused: NOT_REQUESTABLE/),
    ]);
    expect(
      await told(`steps:\n  - request: { by: camille.roy, role: expense-card }\n    expect: { refused: FORBIDDEN }\n`),
    ).toEqual([expect.stringMatching(/expected FORBIDDEN\n.*found not refused/)]);
  });

  test('cannot turn the clock back', async () => {
    expect(await told('start: 2027-03-01T09:00\nsteps:\n  - at: 2027-02-28T09:00\n')).toEqual([
      expect.stringContaining('the clock is past that already'),
    ]);
  });
});

describe('a file that is no story', () => {
  test('is refused with line and column of every unknown word, before anything runs', async () => {
    expect(
      await told(
        'steps:\n  - approve: { by: ines.aubry, comments: Yes. }\n    expect: { targets: {} }\n  - after: tomorrow\n',
      ),
    ).toEqual([
      'told.yaml:4:32: steps[0].approve.comments: this key is unknown',
      'told.yaml:5:15: steps[0].expect.targets: this key is unknown',
      'told.yaml:6:12: steps[1].after: «tomorrow» does not fit: expected a length such as P1D or PT30M',
    ]);
  });

  test('is refused when a step does two things at once, or nothing', async () => {
    const lines = await told('steps:\n  - run: complete\n    after: P1D\n  - note: Nothing.\n');
    expect(lines).toEqual([
      expect.stringMatching(/^told\.yaml:4:5: steps\[0\] does several things \(after, run\)/),
      expect.stringMatching(/^told\.yaml:6:5: steps\[1\] does nothing/),
    ]);
  });
});

describe('a place that stories would empty', () => {
  test('is left alone when it holds more than stories ever do', async () => {
    const name = 'a whole company by mistake';
    const settings = {
      store: name,
      objectTypes: [{ name: 'account', key: 'id', attributes: [{ name: 'mail', type: 'string' }] }],
    };
    const session = await memory.open(settings);
    const create = (n: number) =>
      session.apply(
        { kind: 'create', objectType: 'account', key: `u${n}`, set: {}, add: {}, remove: {} },
        { ...callContext(5_000), idempotencyKey: `u${n}` },
      );
    for (let n = 0; n < 201; n += 1) await create(n);
    await expect(runningSystem('mistaken', 'memory', settings, folder)).rejects.toThrow(
      'the place of mistaken holds 201 rows, and stories empty their places',
    );
    await session.apply(
      { kind: 'delete', objectType: 'account', key: 'u0', set: {}, add: {}, remove: {} },
      { ...callContext(5_000), idempotencyKey: 'less' },
    );
    const system = await runningSystem('mistaken', 'memory', settings, folder);
    expect(await system.tables[0]?.read()).toEqual(new Map());
    await system.stop();
    await session.close();
  });
});
