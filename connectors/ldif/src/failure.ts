// What the file system and a damaged LDIF file mean in the words of the contract.
import { types } from 'node:util';
import { ConnectorError } from '@joinery/connector-kit';

/** A file that cannot be used as it is; `line` null when it concerns the file as a whole. */
export function damaged(
  path: string,
  line: number | null,
  problem: string,
  hint: string,
  code: 'INVALID_VALUE' | 'AMBIGUOUS_MATCH' = 'INVALID_VALUE',
): ConnectorError {
  const where = line === null ? '' : `, line ${line}`;
  return new ConnectorError({ code, message: `The file ${path}${where}: ${problem}.`, hint });
}

/** A file that changed under the reader; trying again helps. */
export function changedFile(path: string): ConnectorError {
  return new ConnectorError({
    code: 'TIMEOUT',
    message: `The file ${path} was changed while it was being read.`,
    hint: 'Try again when it is written.',
  });
}

/** What a connection of one mode answers to what the other one does. */
export function notInThisMode(what: string, mode: 'content' | 'changes'): ConnectorError {
  return new ConnectorError({
    code: 'CAPABILITY_MISSING',
    message: `Could not ${what}: this connection has the mode "${mode}".`,
    hint: 'Use a second connection of the same connector with the other mode.',
  });
}

const forbiddenCodes = new Set(['EACCES', 'EPERM', 'EROFS']);

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'the file or its folder is not there',
  ENOTDIR: 'the file or its folder is not there',
  EISDIR: 'this is a folder, not a file',
  ENOSPC: 'the disk is full',
  EROFS: 'the file system is read-only',
};

/** An error of the file system, typed; every other error as it is. */
export function fileError(error: unknown, operation: string, path: string): unknown {
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
      message: `Could not ${operation} ${path}: ${reasons[code] ?? otherwise}.`,
      hint: isForbidden
        ? 'Give the account the rights it needs.'
        : 'Check that the folder is mounted and the file is in place.',
      targetCode: code,
    },
    { cause: error },
  );
}
