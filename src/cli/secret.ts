// `joinery secrets rewrap`: after the active key was changed, wraps every sealed secret by it. Works on the database itself.
import type { Config } from '../config.js';
import { rewrapped, StartRefused } from '../program.js';
import { exitCodes, Failure } from './exit.js';

export async function runRewrap(config: Config): Promise<void> {
  const { count, keyId } = await rewrapped(config, say).catch((error: unknown) => {
    throw error instanceof StartRefused ? new Failure(exitCodes.usage, error.message) : error;
  });
  say(
    count === 0
      ? `Every secret is sealed by the key ${keyId} already.`
      : `${count} ${count === 1 ? 'secret is' : 'secrets are'} sealed by the key ${keyId} now. Keys after it in JOINERY_SECRET_KEY may go.`,
  );
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);
