// What the file system and a damaged file mean in the words of the contract.
import { types } from 'node:util';
import { ConnectorError, type ConnectorFailure } from '@joinery/connector-kit';

const unreachableCodes = new Set([
  'ENOENT',
  'ENOTDIR',
  'EIO',
  'ESTALE',
  'EBUSY',
  'ENOSPC',
  'EDQUOT',
  'EMFILE',
  'ENFILE',
  'EAGAIN',
  'ETIMEDOUT',
  'EHOSTDOWN',
  'ENODEV',
  'ENXIO',
]);
const forbiddenCodes = new Set(['EACCES', 'EPERM', 'EROFS']);

/** The file says something a CSV file of these settings must not say. */
export class DamagedFile extends ConnectorError {}

/** Somebody saved the file while it was being read: what was read may be half old, half new. */
export class ChangedFile extends ConnectorError {}

/** A file that changed under the reader; trying again helps. */
export function changedFile(path: string): ChangedFile {
  return new ChangedFile({
    code: 'TIMEOUT',
    message: `The file ${path} was changed while it was being read.`,
    hint: 'Try again when it is saved.',
  });
}

/** A damaged file: `line` null when it concerns the file as a whole. */
export function damaged(
  path: string,
  line: number | null,
  problem: string,
  hint: string,
  code: 'INVALID_VALUE' | 'AMBIGUOUS_MATCH' = 'INVALID_VALUE',
): DamagedFile {
  return new DamagedFile({
    code,
    message: `The file ${path}${line === null ? '' : `, line ${line}`}: ${problem}.`,
    hint,
  });
}

/** An error of the file system, typed; every other error as it is. */
export function fileError(error: unknown, operation: string, path: string): unknown {
  if (!types.isNativeError(error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined || error instanceof ConnectorError) return error;
  if (unreachableCodes.has(code))
    return new ConnectorError(fileFailure('UNREACHABLE', operation, path, code), { cause: error });
  if (forbiddenCodes.has(code))
    return new ConnectorError(fileFailure('FORBIDDEN', operation, path, code), { cause: error });
  if (code === 'EISDIR')
    return damaged(path, null, 'this is a folder, not a file', 'Correct the path in the settings.');
  return error;
}

function fileFailure(
  code: 'UNREACHABLE' | 'FORBIDDEN',
  operation: string,
  path: string,
  targetCode: string,
): ConnectorFailure {
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'the file or its folder is not there',
    ENOTDIR: 'the file or its folder is not there',
    ENOSPC: 'the disk is full',
    EROFS: 'the file system is read-only',
  };
  const reason =
    reasons[targetCode] ??
    (code === 'FORBIDDEN'
      ? 'the account Joinery runs as has no right to it'
      : 'the file system did not answer as it should');
  const hint =
    code === 'FORBIDDEN'
      ? 'Give the account read and write rights on the file and its folder.'
      : 'Check that the folder is mounted and the file is in place.';
  return { code, message: `Could not ${operation} ${path}: ${reason}.`, hint, targetCode };
}

/**
 * Damage seen by a write or a check is not the fault of the change but a state of the system: people repair the file,
 * and the change waits for it. So it counts as UNREACHABLE there, with the damage in the message and, as the code of
 * the system itself, what a listing would answer.
 */
export function damageAsOutage(error: unknown): unknown {
  if (!(error instanceof DamagedFile)) return error;
  return new ConnectorError(
    {
      ...error.failure,
      code: 'UNREACHABLE',
      targetCode: error.failure.code,
      message: `The CSV system cannot be used until a file is repaired. ${error.failure.message}`,
    },
    { cause: error },
  );
}
