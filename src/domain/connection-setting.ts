// Settings of a connection as people may see them: what is secret, or kept elsewhere, is said to be there and nothing more.
import type { Configuration } from './configuration.js';

const hidden = { $secret: true } as const;

/** `secrets` null: nobody knows which are secret, so all texts are hidden. */
export const shownSettings = (
  settings: Readonly<Record<string, unknown>>,
  secrets: readonly string[] | null,
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      name,
      secrets?.includes(name) === true ? hidden : shown(value, secrets === null),
    ]),
  );

function shown(value: unknown, areTextsHidden: boolean): unknown {
  if (typeof value === 'string') return areTextsHidden ? hidden : value;
  if (Array.isArray(value)) return value.map((item: unknown) => shown(item, areTextsHidden));
  if (!isRecord(value)) return value;
  if ('$file' in value || '$env' in value || '$sealed' in value) return hidden;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shown(inner, areTextsHidden)]));
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Names of the package of connections without code: their orders are tickets for people (TRANSMITTED). */
const manualPackages: readonly string[] = ['ticket', 'manual', '@joinery/connector-ticket'];

export const isManualPackage = (name: string): boolean => manualPackages.includes(name);

export const isManual = ({ connections }: Pick<Configuration, 'connections'>, connection: string): boolean =>
  connections.some(({ identifier, package: name }) => identifier === connection && isManualPackage(name));

/** What people are told to do, as the settings of a manual connection say it; null: nothing in particular. */
export function instructionsOf({ connections }: Pick<Configuration, 'connections'>, connection: string): string | null {
  return instructionsIn(connections.find(({ identifier }) => identifier === connection)?.settings ?? {});
}

/** As written, placeholders and all (ticket.ts). */
export const instructionsIn = ({ instructions }: Readonly<Record<string, unknown>>): string | null =>
  typeof instructions === 'string' && instructions !== '' ? instructions : null;

/** Where an order of this connection goes when a person is to carry it out instead; null: its system has no manual connection. */
export function manualConnectionFor(
  { connections }: Pick<Configuration, 'connections'>,
  connection: string,
): string | null {
  const connector = connections.find(({ identifier }) => identifier === connection)?.connector;
  const manual = connections.find((each) => each.connector === connector && isManualPackage(each.package));
  return manual?.identifier ?? null;
}
