// Keeps the secrets of a connection out of what a package reports, whatever its libraries put into messages,
// and characters that no database stores. Owns the replacement; which settings are secret is said by the schema.
import { inspect } from 'node:util';
import type { ConnectorFailure, ConnectorSettings, SettingsSchema } from './contract.js';
import { ConnectorError } from './failure.js';
import { secretSettings } from './settings.js';

/** Replaces every secret of the connection in a text, and what is no character by U+FFFD. */
export type Redaction = (text: string) => string;

/** Shorter secrets would turn ordinary words into stars and tell more than they hide. */
const shortestSecret = 3;

/** Of one line of a secret of several: a package prints a key line by line. */
const shortestLine = 8;

/** A redaction for these settings; also catches the forms that drivers print: URL-encoded, inside of JSON, line by line. */
export function redactionOf(schema: SettingsSchema, settings: ConnectorSettings): Redaction {
  const forms = secretForms(schema, settings);
  return (text) => forms.reduce((redacted, secret) => redacted.replaceAll(secret, '***'), asText(text));
}

/** Characters of the longest text that the redaction replaces: as many must be known beyond a place where text is cut. */
export const longestSecret = (schema: SettingsSchema, settings: ConnectorSettings): number =>
  secretForms(schema, settings)[0]?.length ?? 0;

/** Takes the beginning of a secret from the end of a text that broke off: a process may end while it says one. */
export function unfinishedRedactionOf(schema: SettingsSchema, settings: ConnectorSettings): Redaction {
  const forms = secretForms(schema, settings);
  return (text) => {
    const lengths = forms.map((form) => beginningAtEnd(text, form));
    return text.slice(0, text.length - Math.max(0, ...lengths));
  };
}

function beginningAtEnd(text: string, secret: string): number {
  for (let length = secret.length - 1; length >= shortestSecret; length -= 1)
    if (text.endsWith(secret.slice(0, length))) return length;
  return 0;
}

// The longest first: one that begins like another would leave its end.
function secretForms(schema: SettingsSchema, settings: ConnectorSettings): readonly string[] {
  const secrets = secretSettings(schema)
    .map((name) => settings[name])
    .filter((value): value is string => typeof value === 'string' && value.length >= shortestSecret)
    .flatMap(formsOf);
  return [...new Set(secrets)].sort((a, b) => b.length - a.length);
}

const formsOf = (secret: string): readonly string[] => [
  secret,
  encodeURIComponent(secret),
  JSON.stringify(secret).slice(1, -1),
  ...secret
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line.length >= shortestLine),
];

/** Systems quote what they were sent or what they hold; one NUL or lone surrogate would keep the failure from being stored. */
const asText = (text: string): string => text.replaceAll(/\0|\p{Surrogate}/gu, '\ufffd');

/** The same failure without the secrets. */
export function redactFailure(failure: ConnectorFailure, redact: Redaction): ConnectorFailure {
  return {
    ...failure,
    message: redact(failure.message),
    ...(failure.hint === undefined ? {} : { hint: redact(failure.hint) }),
    ...(failure.targetCode === undefined ? {} : { targetCode: redact(failure.targetCode) }),
    ...(failure.targetMessage === undefined ? {} : { targetMessage: redact(failure.targetMessage) }),
  };
}

/** The error to throw instead; the cause stays only when it, too, is free of secrets. */
export function redactError(failure: ConnectorFailure, cause: unknown, redact: Redaction): ConnectorError {
  const shown = inspect(cause, { depth: 6 });
  return new ConnectorError(redactFailure(failure, redact), redact(shown) === shown ? { cause } : undefined);
}
