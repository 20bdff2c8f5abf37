// House rules that neither compiler, linter nor layer check can see: words and habits, read line by line.
// Each rule: what it looks for, where, and what to do instead. Prints file:line and exits 1 when one is broken.
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const folders = ['src', 'bench', 'test', 'scripts', 'examples', 'connectors'];
const code = /\.(ts|mjs|cjs)$/;
const sources = /^(src|connectors\/[^/]+\/src)\/.*\.ts$/;

/** `without`: a line that matches it is excused. */
const rules = [
  { name: 'no-todo', in: code, find: /\b(TODO|FIXME|XXX|HACK)\b/, say: 'do it now, or open an issue' },
  { name: 'no-enum', in: code, find: /^\s*(export\s+)?(declare\s+)?(const\s+)?enum\s+\w+/, say: 'use `as const`' },
  {
    name: 'reasoned-suppression',
    in: code,
    find: /(oxlint-disable|eslint-disable|biome-ignore|@ts-expect-error|@ts-ignore|istanbul ignore)/,
    without: /(-- |: ?)\S.{9,}$/,
    say: 'give the reason on the same line',
  },
  {
    name: 'no-clock-in-domain',
    in: /^src\/domain\/.*\.ts$/,
    find: /\b(new Date\(\)|Date\.now\(|Math\.random\(|performance\.now\()/,
    say: 'take `now` as a parameter',
  },
  {
    name: 'sql-in-store',
    in: /^src\/(?!store\/|embedded\/|story\/).*\.ts$/,
    find: /[`'"]\s*(select\s.+\sfrom|insert\s+into|update\s+\w+\s+set|delete\s+from|create\s+(table|index))\s/i,
    say: 'SQL lives in src/store',
  },
  {
    name: 'no-sleeping-test',
    in: /^(test|connectors\/[^/]+\/test)\/.*\.test\.ts$/,
    find: /\b(setTimeout|delay|sleep)\(/,
    say: 'wait for a fact with waitFor',
  },
];

function brokenIn(path) {
  const lines = readFileSync(path, 'utf8').split('\n');
  const found = rules
    .filter((rule) => rule.in.test(path))
    .flatMap((rule) =>
      lines.flatMap((line, index) => (breaks(rule, line) ? [`${path}:${index + 1}  ${rule.name}: ${rule.say}`] : [])),
    );
  const isOpened = !sources.test(path) || /^(\/\/|#!|\/\*)/.test(lines[0] ?? '');
  return isOpened
    ? found
    : [`${path}:1  opening-comment: say in 1-5 lines what the file owns and what it leaves to others`, ...found];
}

function breaks(rule, line) {
  return rule.find.test(line) && !(rule.without?.test(line) ?? false);
}

function ownFiles() {
  return folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { recursive: true }).map((path) => `${folder}/${path}`));
}

function isOwn(path) {
  return code.test(path) && !/\/(node_modules|dist)\//.test(path) && path !== 'scripts/check-house.mjs';
}

const broken = ownFiles().filter(isOwn).sort().flatMap(brokenIn);
for (const line of broken) process.stdout.write(`${line}\n`);
process.exitCode = broken.length === 0 ? 0 : 1;
