// What the file system means in the words of the contract, for folders through which documents go.
import { types } from 'node:util';
import { ConnectorError } from '@joinery/connector-kit';

const forbiddenCodes = new Set(['EACCES', 'EPERM', 'EROFS']);

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'the folder is not there',
  ENOTDIR: 'it is a file, not a folder',
  ENOSPC: 'the disk is full',
  EROFS: 'the file system is read-only',
};

/** An error of the file system, typed; every other error as it is. */
export function fileError(error: unknown, operation: string, folder: string): unknown {
  if (!types.isNativeError(error) || error instanceof ConnectorError) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return error;
  const isForbidden = forbiddenCodes.has(code);
  const otherwise = isForbidden
    ? 'the account Joinery runs as has no right to it'
    : 'the file system did not answer as it should';
  return new ConnectorError(
    {
      code: isForbidden ? 'FORBIDDEN' : 'UNREACHABLE',
      message: `Could not ${operation} in ${folder}: ${reasons[code] ?? otherwise}.`,
      hint: isForbidden
        ? 'Give the account read and write rights on the folder.'
        : 'Check that the folder is mounted and in place.',
      targetCode: code,
    },
    { cause: error },
  );
}

/** What a connection that only writes answers to a reading. */
export function notReadable(objectType: string): ConnectorError {
  return new ConnectorError({
    code: 'CAPABILITY_MISSING',
    message: `Could not read ${objectType}: documents are handed over, and nothing comes back.`,
    hint: 'Read the system by another connection, such as a CSV file it exports.',
  });
}
