// One delta as one script: programs in a row, what the first reads from standard input, and what takes it back.
// A failure of the first program means that nothing was applied; one of a later program that a part was.
import type { ScalarValue } from '@joinery/connector-kit';
import type { PosixSettings } from './settings.js';

export interface Change {
  readonly script: string;
  readonly words: readonly string[];
  readonly input: string | undefined;
}

export interface Parts {
  /** A part of a script that reads `input`; runs after the first program of a creation, before those of an update. */
  readonly first?: string;
  readonly input?: string | undefined;
  /** Takes a creation back whose later steps fail. */
  readonly undo?: readonly string[];
}

/** The exit code of a script whose later program failed: a part of the change was applied. */
export const partlyApplied = 90;

/** `commands`: program and words each; `--prefix` is added where the settings name another root. */
export function changeOf(
  settings: PosixSettings,
  name: string,
  commands: readonly (readonly string[])[],
  { first, input, undo }: Parts = {},
): Change {
  const words: string[] = [settings.root, name];
  const programs = commands.map((command) => programOf(settings, command, words));
  const ordered = undo === undefined ? [first, ...programs] : [programs[0], first, ...programs.slice(1)];
  const steps = ordered.filter((step): step is string => step !== undefined);
  const failed =
    undo === undefined
      ? `exit ${partlyApplied}`
      : `{ c=$?; ${programOf(settings, undo, words)} >/dev/null 2>&1; exit $c; }`;
  const [head = 'true', ...rest] = steps;
  // Only the step that needs it may read standard input.
  const guarded = (step: string): string => (step === first ? `{ ${step}; }` : `${step} </dev/null`);
  const script = [`${guarded(head)} || exit $?`, ...rest.map((step) => `${guarded(step)} || ${failed}`)].join('\n');
  return { script, words, input };
}

/** Adds the words to those of the script and answers the program as it stands in it: no value is ever part of a script. */
function programOf({ root }: PosixSettings, [program = '', ...rest]: readonly string[], words: string[]): string {
  const prefix = root === '' || program === 'gpasswd' ? [] : ['--prefix', root];
  const places = [...prefix, ...rest].map((word) => `"\${${words.push(word)}}"`);
  return `$S ${program} ${places.join(' ')}`;
}

/** Characters that end a line or a field of the account files. */
const unwritable = /[:\n\r\0]/;

/** The first value the account files cannot hold, as the reason of a refusal; `needed`: names that cannot be emptied. */
export function refusedValue(set: Readonly<Record<string, ScalarValue>>, needed: readonly string[]): string | null {
  for (const [name, value] of Object.entries(set)) {
    if (value === null && needed.includes(name)) return `its attribute "${name}" cannot be emptied`;
    const isBad = name === 'password' ? /[\n\r\0]/.test(String(value)) || value === '' : unwritable.test(String(value));
    if (isBad) return `its attribute "${name}" holds a colon, a line end or nothing, which the host cannot store`;
  }
  return null;
}
