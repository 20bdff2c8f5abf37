// `joinery connector …`: what authors of packages and of configurations do with a package alone, without a server.
import { ConnectorError } from '@joinery/connector-kit';
import type { Command } from 'commander';
import { type DiscoverOptions, runDiscover } from './connector-discover.js';
import { runConnectorNew } from './connector-new.js';
import { type ConnectorTestOptions, runConnectorTest } from './connector-test.js';
import { exitCodes, Failure } from './exit.js';

/** `environment`: where `{ $env: NAME }` of settings files is looked up. */
export function addConnectorCommands(joinery: Command, environment: (name: string) => string | undefined): void {
  const connector = joinery.command('connector').description('Connector packages: try, describe, begin one.');
  connector
    .command('test')
    .description('Run the conformance suite on a package and an empty place in a real system.')
    .argument('<package>', 'short name, npm name, or folder of a package')
    .requiredOption('-s, --settings <file>', 'YAML with settings: and test: (docs/connectors.md)')
    .option('--quick', 'leave the slow cases out')
    .option('--only <text>', 'only cases with this text in their name')
    .option('--report <file>', 'write the report as JSON, too')
    .option('--json', 'one JSON document at the end')
    .action((name: string, options: ConnectorTestOptions) => inItsWords(runConnectorTest(name, options, environment)));
  connector
    .command('discover')
    .description('Ask a system what it has, and draft its configuration.')
    .argument('<package>', 'short name, npm name, or folder of a package')
    .requiredOption('-s, --settings <file>', 'YAML with settings:')
    .option('--name <identifier>', 'identifier of the connector and its connection')
    .option('-o, --output <folder>', 'write the draft there instead of printing it')
    .action((name: string, options: DiscoverOptions) => inItsWords(runDiscover(name, options, environment)));
  connector
    .command('new')
    .description(
      'Write a package to begin with: it compiles, connects to a sample system, and fails what is yours to write.',
    )
    .argument('<name>', 'lower case letters, digits and dashes')
    .option('--folder <folder>', 'where the folder of the package is made', 'connectors')
    .action((name: string, options: { readonly folder: string }) => runConnectorNew(name, options.folder));
}

/** What a system refuses, and what to do then, is for the person who asked; a stack would help nobody. */
async function inItsWords(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    const { message, hint, targetMessage } = error.failure;
    const said = (targetMessage ?? '') === '' ? undefined : `The system says: ${targetMessage}`;
    throw new Failure(exitCodes.failure, [message, hint, said].filter((line) => line !== undefined).join('\n'));
  }
}
