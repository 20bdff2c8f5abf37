// The published schema and reference of configuration files against what the program checks with.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { configurationPage } from '../../src/adapters/configuration-documentation.js';
import { configurationJsonSchema, entryKinds } from '../../src/adapters/configuration-schema.js';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const schema = configurationJsonSchema();

describe('the documentation of configuration files', () => {
  it('is committed as the program says it (else: npm run configuration:print)', () => {
    expect(JSON.parse(read('docs/configuration/schema.json'))).toEqual(schema);
    expect(read('docs/configuration.md')).toBe(configurationPage(schema));
  });

  it('has a section for every list, and says what every key means', () => {
    const page = configurationPage(schema);
    for (const kind of entryKinds) expect(page).toContain(`## ${kind}\n`);
    expect(page.split('\n').filter((line) => line.startsWith('| `') && line.endsWith('|  |'))).toEqual([]);
  });

  it('accepts the files of the demo company', () => {
    const validate = new Ajv2020({ strict: false }).compile(schema);
    for (const name of ['systems', 'roles', 'accounts', 'operations']) {
      expect({
        name,
        isValid: validate(parse(read(`examples/acme/configuration/${name}.yaml`))),
        errors: validate.errors,
      }).toMatchObject({ isValid: true });
    }
  });

  it('refuses a file with an unknown key', () => {
    const validate = new Ajv2020({ strict: false }).compile(schema);
    expect(validate({ policies: [{ identifier: 'a', displayName: 'A', colour: 'red' }] })).toBe(false);
  });
});
