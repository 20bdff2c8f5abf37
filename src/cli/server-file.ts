// The file by which scripts and the command find the server of a data folder.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

export const serverFile = (home: string): string => join(home, 'server.json');

const shape = z.object({ url: z.url(), pid: z.number() });

/** Null when no server is named, or not in words we know. */
export async function namedServer(home: string): Promise<z.infer<typeof shape> | null> {
  const text = await readFile(serverFile(home), 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return shape.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
