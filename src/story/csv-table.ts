// A CSV file of a story's company as a table. Owns the file's bytes: header, delimiter, order of rows; written beside and
// renamed, as the program may be reading it.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { z } from 'zod';
import type { Row, Rows, Table } from './table.js';

const fileSettings = z.looseObject({
  name: z.string(),
  file: z.string().optional(),
  key: z.string(),
  delimiter: z.string().optional(),
  columns: z.array(z.looseObject({ name: z.string(), column: z.string().optional() })).optional(),
  links: z
    .array(z.looseObject({ name: z.string(), column: z.string().optional(), separator: z.string().optional() }))
    .optional(),
});
export const csvSettings = z.looseObject({ objectTypes: z.array(fileSettings) });
type FileSettings = z.output<typeof fileSettings>;

export const fileNameOf = ({ name, file }: FileSettings): string => file ?? `${name}.csv`;

export function csvTable(connection: string, settings: FileSettings, folder: () => string): Table {
  const path = (): string => join(folder(), fileNameOf(settings));
  const columnOf = new Map(
    [...(settings.columns ?? []), ...(settings.links ?? [])].map(({ name, column }) => [name, column ?? name]),
  );
  const nameOf = new Map([...columnOf].map(([name, column]) => [column, name]));
  const separators = new Map((settings.links ?? []).map(({ name, separator }) => [name, separator ?? ';']));
  const options = { delimiter: settings.delimiter ?? ',' };
  const raw = async (): Promise<readonly string[][]> =>
    parse(await readFile(path(), 'utf8'), { ...options, bom: true });
  const fromCell = (name: string, cell: string): string | readonly string[] => {
    const separator = separators.get(name);
    return separator === undefined
      ? cell
      : cell
          .split(separator)
          .filter((key) => key !== '')
          .toSorted();
  };
  return {
    connection,
    objectType: settings.name,
    read: async () => {
      const [header = [], ...lines] = await raw();
      const rows = lines.map((line) =>
        Object.fromEntries(header.map((column, index) => [column, line[index] ?? ''] as const)),
      );
      return new Map(
        rows.map((row) => [
          row[settings.key] ?? '',
          Object.fromEntries(
            Object.entries(row).map(([column, cell]) => {
              const name = nameOf.get(column) ?? column;
              return [name, fromCell(name, cell)];
            }),
          ),
        ]),
      );
    },
    write: async (rows, renamed = {}) => {
      const [header = []] = await raw();
      unknownColumns(rows, new Set(header.map((column) => nameOf.get(column) ?? column)), fileNameOf(settings));
      const cellOf = (key: string, row: Row, column: string): string => {
        const name = nameOf.get(column) ?? column;
        const cell = column === settings.key ? key : (row[name] ?? '');
        return typeof cell === 'string' ? cell : cell.join(separators.get(name) ?? ';');
      };
      const lines = [...rows].map(([key, row]) => header.map((column) => cellOf(key, row, column)));
      const text = stringify([header.map((column) => renamed[column] ?? column), ...lines], options);
      await writeFile(`${path()}.draft`, text);
      await rename(`${path()}.draft`, path());
    },
  };
}

function unknownColumns(rows: Rows, known: ReadonlySet<string>, file: string): void {
  const unknown = [...rows.values()].flatMap((row) => Object.keys(row)).find((name) => !known.has(name));
  if (unknown !== undefined) throw new Error(`${file} has no column «${unknown}» (it has ${[...known].join(', ')})`);
}
