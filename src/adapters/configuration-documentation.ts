// The reference of configuration files as a page, written from their JSON Schema so that the two cannot differ.
// Printed by scripts/print-configuration.mjs; a test holds the committed page against it.

interface Shape {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
  readonly minimum?: number;
  readonly maximum?: number;
}

/** `schema`: as `configurationJsonSchema` makes it. */
export function configurationPage(schema: Readonly<Record<string, unknown>>): string {
  const { properties = {} } = schema as Shape;
  return [introduction, ...Object.entries(properties).map(([kind, list]) => section(kind, list)), language].join('\n');
}

const introduction = `# Configuration files

This page is written by \`npm run configuration:print\` from the schema of the files. Do not edit it by hand.

A configuration is a folder of YAML files (\`JOINERY_CONFIGURATION\`). Every file may hold any of the lists below; files
and sub-folders only help people find things. All files are checked together when the server starts: every mistake is
told with file, line, column and what to do, and nothing is applied while there is one. A configuration that differs from
the last one becomes a new version, and everybody whom a change of rules concerns is computed again.

Editors complete and check keys when a file begins with
\`# yaml-language-server: $schema=<path to>/docs/configuration/schema.json\`.

Settings of connections never hold a secret. Texts may hold \`\${dataFolder}\` (\`JOINERY_HOME\`). Instead of a value,
\`{ $file: path }\` stands for the content of a file (relative to the data folder, without its last line break) and
\`{ $env: NAME }\` for an environment variable; both are read when the connection is opened.
`;

function section(kind: string, list: Shape): string {
  const entry = list.items ?? {};
  const rows = rowsOf(entry, '');
  return [
    `## ${kind}`,
    '',
    entry.description ?? '',
    '',
    '| key | value | default | meaning |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function rowsOf(shape: Shape, prefix: string): readonly string[] {
  return Object.entries(shape.properties ?? {}).flatMap(([name, property]) => {
    const isRequired = (shape.required ?? []).includes(name);
    const path = `${prefix}${name}`;
    return [row(path, property, isRequired), ...rowsBelow(path, property)];
  });
}

function rowsBelow(path: string, shape: Shape): readonly string[] {
  if (shape.items !== undefined) return rowsBelow(`${path}[]`, shape.items);
  const inner = (shape.anyOf ?? [shape]).find((one) => one.properties !== undefined);
  return inner === undefined ? [] : rowsOf(inner, `${path}.`);
}

function row(path: string, shape: Shape, isRequired: boolean): string {
  const cells = [
    `\`${path}\``,
    valueText(shape),
    isRequired ? '**must be said**' : defaultText(shape),
    shape.description ?? '',
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}

function valueText(shape: Shape): string {
  if (shape.anyOf !== undefined)
    return shape.anyOf
      .map(valueText)
      .filter((text) => text !== 'null')
      .join(' or ');
  if (shape.enum !== undefined) return shape.enum.map((word) => `\`${word}\``).join(', ');
  if (shape.items !== undefined) return `list of ${valueText(shape.items)}`;
  return `${words[shape.type ?? ''] ?? 'anything'}${rangeText(shape)}`;
}

const words: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: 'true or false',
  object: 'keys',
  null: 'null',
};

function rangeText({ minimum, maximum }: Shape): string {
  if (minimum === undefined || maximum === undefined) return '';
  return `, ${minimum} to ${maximum}`;
}

function defaultText(shape: Shape): string {
  if (shape.default === undefined) return '';
  const isStructured = typeof shape.default === 'object' && shape.default !== null && !Array.isArray(shape.default);
  return isStructured ? '' : `\`${JSON.stringify(shape.default)}\``;
}

const language = `## Expressions

Conditions, keys, values and correlations are written in [CEL](https://cel.dev). They are checked when the files are
read: an unknown property or a result of the wrong type is an error with its place.

| variable | where | what |
|---|---|---|
| \`person\` | everywhere but in \`target\` of correlation rules | properties of the person, e.g. \`person.department\` |
| \`resource\` | \`target\` of correlation rules | properties of the resource |
| \`roles\` | with \`person\` | identifiers of the roles held, e.g. \`"expense-user" in roles\` |
| \`today\` | with \`person\` | the day of the computation as \`YYYY-MM-DD\` |

A property that is absent reads as \`""\`, \`0\` or \`false\`. Dates are texts of the form \`YYYY-MM-DD\`: they compare as
they should. Whole numbers and numbers may be mixed. Multi-valued and secret properties cannot be read. An empty text as
a result is no value.

\`re(text, pattern)\` looks for a pattern in the syntax of RE2. \`matches\` and \`cel.bind\` are refused, as are more than
two loops (\`all\`, \`exists\`, \`exists_one\`, \`filter\`, \`map\`) inside one another, lists of more than 200 elements,
expressions of more than 500 parts, and nesting deeper than 20: no expression can stop the engine.

\`\`\`yaml
roleRules:
  - identifier: sales-in-france
    role: crm-sales-france
    when: person.department == "SAL" && person.site in ["PAR", "LYO"]
scalarRules:
  - identifier: crm-mail
    resourceType: crm-account
    property: email
    value: person.identifier.lowerAscii() + "@acme.example"
\`\`\`
`;
