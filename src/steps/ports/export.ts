// Exports as rows: opened by somebody, written piece by piece by a worker, read once or more until they expire.
import type { Actor } from '../../domain/actor.js';
import type { ExportRow, ExportSubject, WrittenFormat } from '../../domain/export.js';

export const exportStates = ['COMPUTING', 'READY', 'FAILED', 'EXPIRED'] as const;

export interface ExportView {
  readonly id: string;
  readonly subject: ExportSubject;
  readonly format: WrittenFormat;
  /** The condition of the subject's list; null = everything. */
  readonly filter: Readonly<Record<string, unknown>> | null;
  readonly state: (typeof exportStates)[number];
  /** `actorReference`. */
  readonly createdBy: string;
  readonly rowCount: number | null;
  readonly expiresAt: Date | null;
}

export interface ExportStore {
  /** False, and nothing opened, while another export of the same caller is being written. */
  open(wish: Pick<ExportView, 'id' | 'subject' | 'format' | 'filter'>, actor: Actor): Promise<boolean>;
  /** Null when there is none. */
  load(id: string): Promise<ExportView | null>;
  /** Drops what an earlier try has written. */
  begin(id: string): Promise<void>;
  append(id: string, position: number, content: string): Promise<void>;
  /** READY for 24 hours, or FAILED with the reason. */
  close(id: string, outcome: { readonly rowCount: number } | { readonly error: string }): Promise<void>;
  /** The content, piece by piece. */
  content(id: string): AsyncIterable<string>;
  /** Puts exports that nobody writes back into the queue, and deletes what has expired. */
  keep(): Promise<void>;
}

/** Turns rows into text. `header`: what stands before the first row. */
export interface ExportWriter {
  header(columns: readonly string[]): string;
  line(columns: readonly string[], row: ExportRow): string;
}
export type ExportWriters = Readonly<Record<WrittenFormat, ExportWriter>>;
