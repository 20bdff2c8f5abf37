// `joinery test`: runs stories on a PostgreSQL of its own that is gone afterwards; nothing of a running system is touched.
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { readConfig } from '../config.js';
import { startEmbeddedPostgres } from '../embedded/postgres.js';
import { formatProblem } from '../story/file.js';
import { openGround } from '../story/ground.js';
import { runStories, type StoryResult } from '../story/run.js';
import { exitCodes, Failure } from './exit.js';

export interface TestOptions {
  readonly file: string;
  readonly json?: boolean;
  readonly concurrency?: string;
}

/** Nothing of a story has to survive a power cut. */
const fast = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_connections: '300',
};

/** `filter`: a part of the path of the story files to run. */
export async function runTests(filter: string | undefined, options: TestOptions): Promise<void> {
  const folder = resolve(options.file);
  const files = (await storiesIn(folder)).filter((file) => relative('', file).includes(filter ?? ''));
  if (files.length === 0)
    throw new Failure(
      exitCodes.usage,
      `No story in ${folder}${filter === undefined ? '' : ` has «${filter}» in its path`}.`,
    );
  const results = await onOwnServer((serverUrl) => runAll(serverUrl, folder, files, options));
  const failed = results.filter(({ isPassed }) => !isPassed).length;
  if (options.json === true)
    process.stdout.write(`${JSON.stringify({ passed: results.length - failed, failed, results }, null, 2)}\n`);
  else process.stdout.write(`${results.length - failed} of ${results.length} stories passed.\n`);
  process.exitCode = failed === 0 ? exitCodes.ok : exitCodes.failure;
}

async function runAll(
  serverUrl: string,
  folder: string,
  files: readonly string[],
  options: TestOptions,
): Promise<readonly StoryResult[]> {
  const ground = await openGround(serverUrl);
  const concurrency = Number(options.concurrency ?? Math.max(2, availableParallelism()));
  const { variable } = readConfig(undefined, 'client');
  const onResult = options.json === true ? () => undefined : printResult;
  try {
    return await runStories({ ground, files, fallback: folder, concurrency, variable, onResult });
  } finally {
    await ground.close();
  }
}

function printResult({ file, title, isPassed, problems, durationMs }: StoryResult): void {
  const seconds = `${(durationMs / 1000).toFixed(1)} s`;
  process.stdout.write(`${isPassed ? 'ok    ' : 'FAILED'} ${file}  ${title ?? ''}  (${seconds})\n`);
  for (const problem of problems) process.stdout.write(`  ${formatProblem(problem)}\n`);
}

/** A file, the folder `stories` in the folder, or the folder itself. `company.yaml` is no story, nor is any configuration. */
async function storiesIn(place: string): Promise<readonly string[]> {
  if (!existsSync(place)) throw new Failure(exitCodes.usage, `${place} does not exist.`);
  if ((await stat(place)).isFile()) return [place];
  const folder = existsSync(join(place, 'stories')) ? join(place, 'stories') : place;
  const names = await readdir(folder, { recursive: true });
  return names
    .filter(
      (name) => /\.ya?ml$/.test(name) && !/(^|\/)company\.ya?ml$/.test(name) && !/(^|\/)configuration\//.test(name),
    )
    .sort()
    .map((name) => join(folder, name));
}

async function onOwnServer<T>(use: (serverUrl: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'joinery-stories-'));
  const postgres = await startEmbeddedPostgres({
    dataDir: join(folder, 'postgres'),
    log: () => undefined,
    extraSettings: fast,
  });
  try {
    return await use(postgres.url);
  } finally {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
