// The text of a CSV file as records: RFC 4180, strict, with the very text of each field and the line it began on.
// A parser of our own because rewriting a file must give back untouched fields byte by byte, line ends included.

/** How a record ends; empty at the end of a file without a final line break. */
export type LineEnd = '' | '\n' | '\r\n';

/** One line of the table (which may span several lines of the file). */
export interface CsvRecord {
  /** What each field means. */
  readonly values: readonly string[];
  /** Each field as it stands in the file, quotes included. */
  readonly raws: readonly string[];
  readonly lineEnd: LineEnd;
  /** Line of the file on which the record begins, counted from 1. */
  readonly line: number;
}

/** Something the text must not have. */
export interface CsvFlaw {
  readonly line: number;
  readonly problem: string;
}

export type Scan =
  | { readonly kind: 'record'; readonly record: CsvRecord; readonly next: number; readonly nextLine: number }
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'flaw'; readonly flaw: CsvFlaw };

/** Scans one record from `start`. `isLast`: no more text follows, so the end of the text ends the record. */
export function scanRecord(text: string, start: number, line: number, delimiter: string, isLast: boolean): Scan {
  const values: string[] = [];
  const raws: string[] = [];
  let position = start;
  for (;;) {
    const field =
      text[position] === '"' ? scanQuoted(text, position) : scanPlain(text, position, delimiter, line, isLast);
    if ('problem' in field) return { kind: 'flaw', flaw: field };
    if (field.end === -1)
      return isLast ? { kind: 'flaw', flaw: unclosed(text, position, start, line) } : { kind: 'incomplete' };
    values.push(field.value);
    raws.push(text.slice(position, field.end));
    const after = text[field.end];
    if (after === delimiter) {
      position = field.end + 1;
      continue;
    }
    const lineEnd = lineEndAt(text, field.end, isLast);
    if (lineEnd === 'more') return { kind: 'incomplete' };
    if (lineEnd === 'text')
      return {
        kind: 'flaw',
        flaw: { line, problem: `the closing quote of field ${values.length} is followed by more text` },
      };
    const next = field.end + lineEnd.length;
    return {
      kind: 'record',
      record: { values, raws, lineEnd, line },
      next,
      nextLine: line + lineBreaks(text, start, next),
    };
  }
}

interface Field {
  readonly value: string;
  /** Position after the field, -1 when the text ends inside it. */
  readonly end: number;
}

function scanQuoted(text: string, start: number): Field {
  let value = '';
  let from = start + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote === -1) return { value, end: -1 };
    value += text.slice(from, quote);
    if (text[quote + 1] !== '"') return { value, end: quote + 1 };
    value += '"';
    from = quote + 2;
  }
}

function scanPlain(text: string, start: number, delimiter: string, line: number, isLast: boolean): Field | CsvFlaw {
  let end = start;
  for (; end < text.length; end += 1) {
    const character = text[end];
    if (character === delimiter || character === '\n' || (character === '\r' && text[end + 1] === '\n'))
      return { value: text.slice(start, end), end };
    if (character === '"')
      return {
        line,
        problem: `the field that begins with ${JSON.stringify(text.slice(start, Math.min(end, start + 20)))} holds a quote but is not quoted`,
      };
  }
  // A carriage return at the very end may be the first half of a line break that the next chunk completes.
  return isLast ? { value: text.slice(start, end), end } : { value: '', end: -1 };
}

function lineEndAt(text: string, position: number, isLast: boolean): LineEnd | 'more' | 'text' {
  if (position >= text.length) return isLast ? '' : 'more';
  if (text[position] === '\n') return '\n';
  if (text[position] !== '\r') return 'text';
  if (position + 1 >= text.length && !isLast) return 'more';
  return text[position + 1] === '\n' ? '\r\n' : 'text';
}

function unclosed(text: string, field: number, start: number, line: number): CsvFlaw {
  return {
    line: line + lineBreaks(text, start, field),
    problem: 'a quoted field begins here and is never closed, so the file is cut off or a quote is missing',
  };
}

/** Line breaks in text[from, to). */
export function lineBreaks(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}

/** A value as a field; quoted only where it must be. */
export function quoteField(value: string, delimiter: string): string {
  const needsQuotes = value.includes(delimiter) || /["\r\n]/.test(value) || value !== value.trim();
  return needsQuotes ? `"${value.replaceAll('"', '""')}"` : value;
}
