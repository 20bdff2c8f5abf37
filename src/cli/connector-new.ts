// `joinery connector new`: copies the template of the kit, with the name of the new package in it.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitCodes, Failure } from './exit.js';

/** Beside the kit's own code; its files end in `.template`, so that no tool takes them for code of this project. */
const templateFolder = (): string =>
  join(dirname(fileURLToPath(import.meta.resolve('@joinery/connector-kit'))), '..', 'template');

export async function runConnectorNew(name: string, folder: string): Promise<void> {
  if (!/^[a-z][a-z0-9-]{0,49}$/.test(name))
    throw new Failure(
      exitCodes.usage,
      `«${name}» is no name for a package: lower case letters, digits and dashes, please.`,
    );
  const target = resolve(folder, name);
  if (existsSync(target)) throw new Failure(exitCodes.refused, `${target} is there already; nothing was written.`);
  const template = templateFolder();
  const files = readdirSync(template, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.template'),
  );
  for (const file of files) {
    const path = join(target, file.replace(/\.template$/, ''));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, readFileSync(join(template, file), 'utf8').replaceAll('__name__', name));
  }
  process.stdout.write(nextSteps(name, relative('', target)));
}

const nextSteps = (name: string, folder: string): string => `Wrote ${folder}. Next:

  1. Inside the repository of Joinery: add "${folder}" to workspaces in package.json and to references in tsconfig.json, then npm install.
     On its own: npm install in ${folder}.
  2. npx tsc -b ${folder}
  3. node ${folder}/sample/server.mjs &             the sample system it talks to
  4. npx joinery connector test ./${folder} -s ${folder}/sample/settings.yaml
     The cases that fail name the functions that are yours to write.
`;
