// `npm run stories [-- <text in the path>] [--json]`: builds, starts the real systems where a story needs them, and tells
// the stories. Everything it started is gone afterwards.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startStorySystems } from '../test/systems/story-systems.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const words = process.argv.slice(2);
const filter = words.find((word) => !word.startsWith('-')) ?? '';

const built = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b'], { cwd: root, stdio: 'inherit' });
if (built.status !== 0) process.exit(1);

const needsSystems = readdirSync(`${root}stories/systems`).some((file) => `stories/systems/${file}`.includes(filter));
const systems = needsSystems ? await startStorySystems() : { environment: {}, stop: async () => {} };
try {
  const told = spawn(process.execPath, ['dist/main.js', 'test', '-f', 'stories', ...words], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...systems.environment },
  });
  const [code] = await once(told, 'exit');
  process.exitCode = code ?? 1;
} finally {
  await systems.stop();
}
