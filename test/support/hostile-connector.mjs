// A connector package that does what none should, once, in its first write (`mischief` says what), and is an ordinary
// package on a file of JSON otherwise. For tests of the walls around packages.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const objectType = {
  name: 'account',
  keyAttribute: 'id',
  attributes: ['id', 'name', 'mail'].map((name) => ({ name, type: 'string' })),
  links: [{ name: 'groups', targetObjectType: 'group' }],
};

const readRows = (folder) =>
  existsSync(join(folder, 'rows.json')) ? JSON.parse(readFileSync(join(folder, 'rows.json'), 'utf8')) : {};

function store(folder, { key, set }) {
  const row = { objectType: 'account', key, attributes: { id: key, ...set }, links: {} };
  writeFileSync(join(folder, 'rows.json'), JSON.stringify({ ...readRows(folder), [key]: row }));
}

function spin() {
  for (;;);
}

async function holdBuffers() {
  const held = [];
  for (;;) {
    held.push(Buffer.alloc(8 * 1024 * 1024, 1));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

function fillHeap() {
  const held = [];
  for (;;) held.push(Array.from({ length: 1_000 }, (_, index) => ({ index, text: `${index}-${held.length}` })));
}

function cyclic() {
  const garbage = { kind: 'applied', key: 'x' };
  garbage.self = garbage;
  return garbage;
}

const atTheCut = ({ password }) => void process.stdout.write(`${'x'.repeat(9_995)}${password}\nthe next line\n`);

/** Says much without ending the line, stops within its secret, and goes on when the test has heard it. */
function inHalves({ folder, password }) {
  process.stdout.write(`${password} `.repeat(1_000) + password.slice(0, 5));
  const timer = setInterval(() => {
    if (!existsSync(join(folder, 'heard'))) return;
    clearInterval(timer);
    process.stdout.write(`${password.slice(5)}\nthe next line\n`);
  }, 5);
}

function andDie({ password }) {
  process.stdout.write(`the last words: ${password.slice(0, 5)}`);
  process.exit(0);
}

/** What happens after the effect of the first write, each by the name a test gives it. */
const mischiefs = {
  exit: () => process.exit(0),
  abort: () => process.abort(),
  spin,
  hang: () => new Promise(() => undefined),
  fillHeap,
  holdBuffers,
  disconnect: () => process.disconnect(),
  throwNothing: () => Promise.reject(undefined),
  throwLater: () =>
    new Promise(() => {
      setTimeout(() => {
        throw new Error('thrown where nobody listens');
      }, 1);
    }),
  answerNonsense: () => ({ kind: 'applied', key: 7 }),
  answerCyclic: cyclic,
  sayAtTheCut: atTheCut,
  sayInHalves: inHalves,
  sayAndDie: andDie,
  flood: () => process.send?.({ id: 999_999, value: 'an answer to nobody' }),
};

async function misbehave(settings) {
  const { folder, mischief } = settings;
  if (mischief === undefined || existsSync(join(folder, 'done'))) return undefined;
  writeFileSync(join(folder, 'done'), String(process.pid));
  return mischiefs[mischief](settings);
}

export default {
  name: 'hostile',
  version: '1.0.0',
  displayName: 'Hostile',
  capabilities: ['TEST', 'READ_ONE', 'CREATE', 'EXPORT_COMPLETE', 'EXPORT_INCREMENTAL'],
  settingsSchema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      folder: { type: 'string', description: 'Where its files are.' },
      mischief: { type: 'string', description: 'What it does in its first write.' },
      password: { type: 'string', description: 'A secret.', 'x-secret': true },
    },
  },
  open: async (settings) => ({
    describe: async () => [objectType, { ...objectType, name: 'group', links: [] }],
    check: async () => {
      process.stdout.write(`environment ${JSON.stringify(process.env)}\n`);
      process.stderr.write(`my own password is ${settings.password}\n`);
      writeFileSync(join(settings.folder, 'pid'), String(process.pid));
    },
    read: async (_objectType, key) => readRows(settings.folder)[key] ?? null,
    async *list(type) {
      for (let page = 0; page < 4; page += 1) {
        writeFileSync(join(settings.folder, 'pages'), String(page + 1));
        yield { objects: [{ objectType: type, key: `row-${page}`, attributes: { id: `row-${page}` }, links: {} }] };
      }
    },
    async *changes(type, cookie) {
      yield { changes: [{ kind: 'delete', objectType: type, key: 'old' }], cookie: `${cookie}+` };
    },
    apply: async (delta) => {
      store(settings.folder, delta);
      return (await misbehave(settings)) ?? { kind: 'applied', key: delta.key };
    },
    close: async () => writeFileSync(join(settings.folder, 'closed'), ''),
  }),
};
