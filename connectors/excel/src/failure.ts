// What the file system and a damaged workbook mean in the words of the contract.
import { types } from 'node:util';
import { ConnectorError } from '@joinery/connector-kit';

/** Where in a workbook: a sheet, and a cell of it when one is to blame. */
export interface Place {
  readonly path: string;
  readonly sheet?: string;
  /** Such as B3. */
  readonly cell?: string;
}

/** A workbook that cannot be used as it is. */
export function damaged(
  { path, sheet, cell }: Place,
  problem: string,
  hint: string,
  code: 'INVALID_VALUE' | 'AMBIGUOUS_MATCH' = 'INVALID_VALUE',
): ConnectorError {
  const where = [
    `The workbook ${path}`,
    ...(sheet === undefined ? [] : [`sheet "${sheet}"`]),
    ...(cell === undefined ? [] : [`cell ${cell}`]),
  ];
  return new ConnectorError({ code, message: `${where.join(', ')}: ${problem}.`, hint });
}

/** A file that changed under the reader; trying again helps. */
export function changedFile(path: string): ConnectorError {
  return new ConnectorError({
    code: 'TIMEOUT',
    message: `The workbook ${path} was changed while it was being read.`,
    hint: 'Try again when it is saved.',
  });
}

const forbiddenCodes = new Set(['EACCES', 'EPERM']);

/** An error of the file system, typed; every other error as it is. */
export function fileError(error: unknown, path: string): unknown {
  if (!types.isNativeError(error) || error instanceof ConnectorError) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return error;
  if (code === 'EISDIR') return damaged({ path }, 'this is a folder, not a file', 'Correct the path in the settings.');
  const isForbidden = forbiddenCodes.has(code);
  return new ConnectorError(
    {
      code: isForbidden ? 'FORBIDDEN' : 'UNREACHABLE',
      message: `Could not read ${path}: ${reasonOf(code, isForbidden)}.`,
      hint: isForbidden
        ? 'Give the account the right to read the file.'
        : 'Check that the folder is mounted and the file is in place.',
      targetCode: code,
    },
    { cause: error },
  );
}

function reasonOf(code: string, isForbidden: boolean): string {
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'the file or its folder is not there';
  return isForbidden ? 'the account Joinery runs as has no right to it' : 'the file system did not answer as it should';
}
