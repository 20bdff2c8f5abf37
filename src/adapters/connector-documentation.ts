// The reference page of connector packages, as text made from what the packages say about themselves.
import {
  type ConnectorCapability,
  connectorCapabilities,
  type ConnectorPackageDefinition,
  secretSettings,
} from '@joinery/connector-kit';

type Definition = Pick<
  ConnectorPackageDefinition,
  'name' | 'displayName' | 'capabilities' | 'settingsSchema' | 'serial'
>;

/** `definitions`: in the order of the page. */
export const connectorsPage = (definitions: readonly Definition[]): string =>
  [overview(definitions), ...definitions.map(settingsPart)].join('\n');

const capabilityNames: Readonly<Record<ConnectorCapability, string>> = {
  TEST: 'test',
  DISCOVER_SCHEMA: 'discover',
  EXPORT_COMPLETE: 'list',
  EXPORT_INCREMENTAL: 'changes',
  READ_ONE: 'read',
  CREATE: 'create',
  UPDATE: 'update',
  DELETE: 'delete',
  DISABLE: 'disable',
  RESET_PASSWORD: 'password',
  MANUAL: 'by hand',
  DRY_RUN: 'dry run',
  IDEMPOTENT_WRITES: 'keys kept',
};

const overview = (definitions: readonly Definition[]): string => {
  const shown = connectorCapabilities.filter((capability) =>
    definitions.some(({ capabilities }) => capabilities.includes(capability)),
  );
  return `# Connector packages

This page is written by \`npm run reference:print\` from what the packages say about themselves. Do not edit it by hand. How to write
one is in [connectors](../connectors.md); what each can and cannot do in words is in its README.

«keys kept»: the package remembers idempotency keys, so that an earlier change sent again never undoes a later one.

${table(
  ['package', ...shown.map((capability) => capabilityNames[capability]), 'one order at a time'],
  definitions.map(({ name, capabilities, serial }) => [
    `[\`${name}\`](../../connectors/${name}/README.md)`,
    ...shown.map((capability) => (capabilities.includes(capability) ? 'yes' : '')),
    serial === undefined ? '' : 'per connection',
  ]),
)}
`;
};

interface Property {
  readonly description?: unknown;
}

function settingsPart({ name, displayName, settingsSchema }: Definition): string {
  const required = new Set(Array.isArray(settingsSchema.required) ? settingsSchema.required : []);
  const secrets = new Set(secretSettings(settingsSchema));
  const properties = Object.entries((settingsSchema.properties ?? {}) as Readonly<Record<string, Property>>);
  const rows = properties.map(([setting, { description }]) => [
    `\`${setting}\``,
    [required.has(setting) ? 'required' : '', secrets.has(setting) ? 'secret' : '']
      .filter((word) => word !== '')
      .join(', '),
    typeof description === 'string' ? description : '',
  ]);
  const body = rows.length === 0 ? 'It has no settings.\n' : table(['setting', '', 'meaning'], rows);
  return `## Settings of \`${name}\`: ${displayName}\n\n${body}\n`;
}

const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |\n`).join('');

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
