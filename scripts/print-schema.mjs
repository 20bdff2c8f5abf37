// `npm run schema:print`: writes the schema of the built API, sorted, to schema.graphql. `--check` only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { resolverClasses } from '../dist/resolvers/list.js';
import { buildApiSchema, printedSchema } from '../dist/schema/build.js';

const file = fileURLToPath(new URL('../schema.graphql', import.meta.url));
const text = printedSchema(await buildApiSchema(resolverClasses));
if (!process.argv.includes('--check')) {
  writeFileSync(file, text);
} else if (readFileSync(file, 'utf8') !== text) {
  process.stderr.write(
    'schema.graphql is not what the code says. Run npm run schema:print and look at the difference.\n',
  );
  process.exitCode = 1;
}
