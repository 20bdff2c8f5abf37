// `npm run configuration:print`: writes the JSON Schema of configuration files and their reference page, and the JSON
// Schema of stories, from the shapes the program checks with. `--check` only compares.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configurationPage } from '../dist/adapters/configuration-documentation.js';
import { configurationJsonSchema } from '../dist/adapters/configuration-schema.js';
import { storyJsonSchema } from '../dist/story/shape.js';

const schema = configurationJsonSchema();
const pages = {
  'docs/configuration.md': configurationPage(schema),
  'docs/configuration/schema.json': `${JSON.stringify(schema, null, 2)}\n`,
  'docs/stories/schema.json': `${JSON.stringify(storyJsonSchema(), null, 2)}\n`,
};

for (const [name, text] of Object.entries(pages)) {
  const file = fileURLToPath(new URL(`../${name}`, import.meta.url));
  if (!process.argv.includes('--check')) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  } else if (readFileSync(file, 'utf8') !== text) {
    process.stderr.write(`${name} is not what the code says. Run npm run configuration:print.\n`);
    process.exitCode = 1;
  }
}
