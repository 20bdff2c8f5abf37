// The demo company's configuration with a change in it, given to a second API process on the company's database.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../src/config.js';
import { startJoinery } from '../../src/program.js';
import { type Company, writeConfiguration } from './company.js';

/** Starts it and ends it again; answers why it did not start, or ''. */
export async function startWithChanged(
  company: Company,
  file: string,
  change: (text: string) => string,
): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'joinery-changed-'));
  try {
    await writeConfiguration(home);
    await writeFile(join(home, file), change(await readFile(join(home, file), 'utf8')));
    const running = await startJoinery(readConfig(environmentOf(company, home)), () => undefined);
    await running.stop();
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** Not the demo: it has no systems of its own to start. */
const environmentOf = (company: Company, home: string): Readonly<Record<string, string>> => ({
  DATABASE_URL: company.databaseUrl,
  JOINERY_DEMO: '0',
  JOINERY_ROLE: 'api',
  JOINERY_CONFIGURATION: home,
  JOINERY_HOME: home,
  JOINERY_PORT: '0',
  JOINERY_LOG_LEVEL: 'silent',
  JOINERY_TOKEN_SECRET: 'a-key-for-nobody-in-particular-0123456789',
});

/** From 1; throws when the text is not there, so that a test cannot pass by changing nothing. */
export function lineOf(text: string, piece: string): number {
  const at = text.indexOf(piece);
  if (at < 0) throw new Error(`not in the file: ${piece}`);
  return text.slice(0, at).split('\n').length;
}
