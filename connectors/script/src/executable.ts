// Whether a command may be run at all: programs and files only their owner can change, owned by root or by us.
// Owns that judgement; running is process.ts'.
import { access, constants, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute } from 'node:path';
import { ConnectorError } from '@joinery/connector-kit';

const groupOrOthersWrite = 0o022;
const sticky = 0o1000;

/** Throws FORBIDDEN for a command somebody else could have changed, UNREACHABLE for one that is not there. */
export async function assertTrusted(command: readonly string[]): Promise<void> {
  const [program = '', ...words] = command;
  await assertFile(program, true);
  // A script given to an interpreter is as much the program as the interpreter is.
  for (const word of words) if (isAbsolute(word) && (await isFile(word))) await assertFile(word, false);
}

async function assertFile(path: string, isProgram: boolean): Promise<void> {
  const real = await realpath(path).catch((error: unknown) => {
    throw missing(path, error);
  });
  const file = await stat(real);
  if (!file.isFile()) throw untrusted(path, 'it is no file', 'Correct the path in the settings.');
  if (file.uid !== 0 && file.uid !== process.getuid?.())
    throw untrusted(path, 'it belongs to another user', 'Give it to root, or to the user Joinery runs as.');
  if ((file.mode & groupOrOthersWrite) !== 0)
    throw untrusted(path, 'others may write it', `Take that right away: chmod go-w ${path}.`);
  const folder = await stat(dirname(real));
  if ((folder.mode & 0o002) !== 0 && (folder.mode & sticky) === 0)
    throw untrusted(path, 'others may replace it in its folder', `Take that right away: chmod o-w ${dirname(real)}.`);
  if (isProgram)
    await access(real, constants.X_OK).catch(() => {
      throw untrusted(path, 'it cannot be executed', `Make it executable: chmod u+x ${path}.`);
    });
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

function missing(path: string, cause: unknown): ConnectorError {
  return new ConnectorError(
    {
      code: 'UNREACHABLE',
      message: `Could not run ${path}: it is not there.`,
      hint: 'Check the path in the settings, and whether its folder is mounted.',
      targetCode: String((cause as NodeJS.ErrnoException).code),
    },
    { cause },
  );
}

function untrusted(path: string, reason: string, hint: string): ConnectorError {
  return new ConnectorError({ code: 'FORBIDDEN', message: `Would not run ${path}: ${reason}.`, hint });
}
