// Conformance: secrets stay out of errors, and a package writes nothing of its own to the terminal.
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import type { ConnectorSession } from '../contract.js';
import { secretSettings } from '../settings.js';
import { creation, update } from './delta.js';
import { listAll } from './expectation.js';
import { caseOf, caseWhen, context, during, type Rig, withSession, writeContext } from './rig.js';
import type { ConformanceCase, ConformanceTarget } from './target.js';

export function secrecyCases(target: ConformanceTarget): readonly ConformanceCase[] {
  return [secretCase(target), caseOf(target, 'prints nothing, whatever happens', printsNothing)];
}

function secretCase(target: ConformanceTarget): ConformanceCase {
  const name = 'never tells a secret in an error';
  return caseWhen(
    target.wrongCredentials,
    'the target has no credentials',
    (settings) => ({ name, run: () => keepsSecrets(target, settings) }),
    name,
  );
}

async function keepsSecrets(target: ConformanceTarget, wrong: ConformanceTarget['settings']): Promise<void> {
  await target.reset();
  for (const settings of [wrong, target.settings]) {
    const secrets = secretSettings(target.connector.settingsSchema).flatMap((name) =>
      typeof settings[name] === 'string' ? [settings[name]] : [],
    );
    assert.ok(secrets.length > 0, 'settings with credentials must hold a secret setting');
    const shown = inspect(await withSession(target, settings, (session) => whatCallsShow(target, session)), {
      depth: 8,
      showHidden: true,
    });
    for (const secret of secrets) assert.ok(!shown.includes(secret), `an error tells a secret: ${shown}`);
  }
}

/** Everything a session says in good days, in bad input and in an outage. */
async function whatCallsShow(target: ConformanceTarget, session: ConnectorSession): Promise<readonly unknown[]> {
  const key = target.key(1);
  const asError = (error: unknown): unknown => error;
  const provoke = async (): Promise<readonly unknown[]> => [
    await session.check(context()).catch(asError),
    await session.read(target.objectType, key, context()).catch(asError),
    await session.read('no-such-type', key, context()).catch(asError),
    await listAll(session, target.objectType).catch(asError),
    await session.apply(creation(target, key), writeContext()),
    await session.apply(update(target.objectType, key, { noSuchAttribute: 'x' }), writeContext()),
  ];
  const shown = await provoke();
  const shownDuringOutage = target.outage === undefined ? [] : await during(target.outage, provoke);
  return [...shown, ...shownDuringOutage];
}

async function printsNothing({ target, session }: Rig): Promise<void> {
  const printed = await whatIsPrinted(async () => {
    await whatCallsShow(target, session);
    if (target.wrongCredentials !== undefined)
      await withSession(target, target.wrongCredentials, (wrong) => whatCallsShow(target, wrong));
  });
  assert.deepEqual(printed, [], 'a package must not write to stdout, stderr or the console');
}

type Print = (...told: never[]) => unknown;

/** Replaces every way to print while `run` runs. Test runners have a console of their own, so both are watched. */
async function whatIsPrinted(run: () => Promise<void>): Promise<readonly string[]> {
  const printed: string[] = [];
  const restore = [
    ...['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir'].map((name) =>
      watch(globalThis.console, name, printed),
    ),
    watch(process.stdout, 'write', printed),
    watch(process.stderr, 'write', printed),
  ];
  try {
    await run();
    return printed;
  } finally {
    for (const undo of restore) undo();
  }
}

function watch(owner: object, name: string, printed: string[]): () => void {
  const original: Print = Reflect.get(owner, name);
  Reflect.set(owner, name, (...told: readonly unknown[]) => {
    printed.push(
      told.map((part) => (part instanceof Uint8Array ? Buffer.from(part).toString() : String(part))).join(' '),
    );
    return true;
  });
  return () => void Reflect.set(owner, name, original);
}
