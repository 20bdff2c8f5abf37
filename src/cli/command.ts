// The `joinery` command: its subcommands and exit codes. Data goes to stdout, talk to stderr.
// start, migrate, secrets, config, test and connector work here; everything else is asked of a running server over GraphQL.
// What works here is imported when it is asked for: the whole server takes seconds to load, a question must not.
import { Command, CommanderError } from 'commander';
import { ConfigError, describeConfig, readConfig } from '../config.js';
import { type ApplyOptions, runApply } from './apply.js';
import { addConnectorCommands } from './connector.js';
import { exitCodes, Failure } from './exit.js';
import { type RunOptions, runJob } from './job.js';
import { type PlanOptions, runPlan } from './plan.js';
import type { TestOptions } from './test.js';
import { runWhy, type WhyOptions } from './why.js';

function program(): Command {
  const joinery = new Command('joinery').description('Automated provisioning for identity governance.').exitOverride();
  joinery
    .command('start')
    .description('Start the API and the workers (JOINERY_ROLE chooses).')
    .action(async () => (await import('./start.js')).runServer(readConfig()));
  joinery
    .command('migrate')
    .description('Bring the database of DATABASE_URL to this version.')
    .action(async () => (await import('./start.js')).runMigrations(readConfig()));
  joinery
    .command('secrets')
    .description('Secrets of connections, as they are kept.')
    .command('rewrap')
    .description('Seal all of them by the first key of JOINERY_SECRET_KEY.')
    .action(async () => (await import('./secret.js')).runRewrap(readConfig(undefined, 'client')));
  joinery
    .command('config')
    .description('List every setting with its value, source and meaning.')
    .option('--json', 'one JSON document')
    .action((options: { readonly json?: boolean }) => printConfig(options.json === true));
  joinery
    .command('test')
    .description('Run stories: what should happen when something happens, on copies of the company’s systems.')
    .argument('[filter]', 'a part of the path of the stories to run')
    .option('-f, --file <folder>', 'folder with configuration/, data/ and stories/, or one story', '.')
    .option('--concurrency <count>', 'stories at a time')
    .option('--json', 'one JSON document at the end')
    .action(async (filter: string | undefined, options: TestOptions) =>
      (await import('./test.js')).runTests(filter, options),
    );
  addQuestions(joinery);
  addConnectorCommands(joinery, (name) => readConfig(undefined, 'client').variable(name));
  const job = joinery.command('job').description('Jobs of a running server.');
  job
    .command('run')
    .description('Launch a job and wait for its end.')
    .argument('<identifier>', 'e.g. complete')
    .option('--dry-run', 'compute and plan, write nothing')
    .option('--watch', 'show each step as it happens')
    .option('--json', 'one JSON document at the end')
    .option('--as <person>', 'demo only: whom to sign in as')
    .action((identifier: string, options: RunOptions) => runJob(readConfig(undefined, 'client'), identifier, options));
  return joinery;
}

/** What is asked of a running server about the role model. */
function addQuestions(joinery: Command): void {
  joinery
    .command('plan')
    .description('Show what a changed configuration would do to people and accounts.')
    .requiredOption('-f, --file <folder>', 'folder with the whole configuration')
    .option('--json', 'one JSON document')
    .option('--as <person>', 'demo only: whom to sign in as')
    .action((options: PlanOptions) => runPlan(readConfig(undefined, 'client'), options));
  joinery
    .command('apply')
    .description('Plan a changed configuration and put it in force.')
    .requiredOption('-f, --file <folder>', 'folder with the whole configuration')
    .option('--yes', 'apply whatever the plan says')
    .option('--digest <digest>', 'apply only the plan with this digest')
    .option('--json', 'one JSON document at the end')
    .option('--as <person>', 'demo only: whom to sign in as')
    .action((options: ApplyOptions) => runApply(readConfig(undefined, 'client'), options));
  joinery
    .command('why')
    .description('Say why somebody has a role or an account, or why not.')
    .argument('<person>', 'key of the person, e.g. camille.roy')
    .argument('<role>', 'identifier of a role or of a resource type')
    .option('--json', 'one JSON document')
    .option('--as <person>', 'demo only: whom to sign in as')
    .action((person: string, role: string, options: WhyOptions) =>
      runWhy(readConfig(undefined, 'client'), person, role, options),
    );
}

function printConfig(asJson: boolean): void {
  const settings = describeConfig();
  if (asJson) {
    process.stdout.write(`${JSON.stringify(settings, null, 2)}\n`);
    return;
  }
  for (const { name, value, source, byDefault, meaning } of settings) {
    process.stdout.write(`${name}=${value ?? ''}\n    ${meaning}\n    from ${source}; default: ${byDefault}\n`);
  }
}

function codeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (!(error instanceof Failure) && !(error instanceof ConfigError)) {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return exitCodes.failure;
  }
  process.stderr.write(`${error.message}\n`);
  return error instanceof Failure ? error.exitCode : exitCodes.usage;
}

/** Runs one command line; the answer is the exit code. */
export async function runCommand(words: readonly string[]): Promise<number> {
  try {
    await program().parseAsync([...words]);
    return Number(process.exitCode ?? exitCodes.ok);
  } catch (error) {
    return codeOf(error);
  }
}
