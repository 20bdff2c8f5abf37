// Names of entries (DNs) as text of RFC 4514: built, taken apart, compared. Owns escaping; ldapts' DN class is not used,
// because it quotes values with outer blanks, which RFC 4514 does away with, and leaves NUL and line ends as they are.
// Escapes are always hex pairs, so that a backslash never stands before a separator.

export interface NamePart {
  readonly attribute: string;
  readonly value: string;
}

/** One level of a name; more than one part where values are joined by `+`. */
export type Rdn = readonly NamePart[];

/** The value of a part of a name, escaped. */
export function escapeNameValue(value: string): string {
  return value.replaceAll(/[\p{Cc}"#+,;<=>\\]|^ | $/gu, hexBytes);
}

function hexBytes(character: string): string {
  return Buffer.from(character).toString('hex').replaceAll(/../g, '\\$&');
}

/** `uid=anna` */
export function rdnText(attribute: string, value: string): string {
  return `${attribute}=${escapeNameValue(value)}`;
}

/** `uid=anna,ou=people,dc=example` */
export function childName(attribute: string, value: string, parent: string): string {
  return parent === '' ? rdnText(attribute, value) : `${rdnText(attribute, value)},${parent}`;
}

/** The levels of a name, the entry's own first; null when the text is no name. */
export function parseName(text: string): readonly Rdn[] | null {
  if (/^ *$/.test(text)) return [];
  const rdns: Rdn[] = [];
  for (const level of splitUnescaped(text, ',;')) {
    const parts = splitUnescaped(level, '+').map(parsePart);
    if (parts.some((part) => part === null)) return null;
    rdns.push(parts.filter((part) => part !== null));
  }
  return rdns;
}

/** The name of the entry above, as it stands in the text; null for a name of one level. */
export function parentName(text: string): string | null {
  const [own] = splitUnescaped(text, ',;');
  if (own === undefined || own.length === text.length) return null;
  return text.slice(own.length + 1).replace(/^ +/, '');
}

/** The entry's own level as it stands in the text. */
export function rdnOf(text: string): string {
  return (splitUnescaped(text, ',;')[0] ?? '').replace(/^ +/, '');
}

/**
 * A form in which equal names are equal text: case, blanks and ways of escaping do not count. What is no name stays as it
 * is. For comparing and looking up only, never to be sent: directories differ in which values they call equal.
 */
export function comparableName(text: string): string {
  const rdns = parseName(text);
  if (rdns === null) return text;
  return rdns.map((rdn) => rdn.map(comparablePart).sort().join('+')).join(',');
}

function comparablePart({ attribute, value }: NamePart): string {
  return `${attribute.toLowerCase()}=${escapeNameValue(value.replaceAll(/ +/g, ' ').replaceAll(/^ | $/g, '').toLowerCase())}`;
}

/** Whether the name is the ancestor itself or below it. */
export function isWithin(name: string, ancestor: string): boolean {
  const [below, above] = [comparableName(name), comparableName(ancestor)];
  return above === '' || below === above || below.endsWith(`,${above}`);
}

// By hand, for values may hold escaped separators, and quoted ones by the older RFC 2253.
function splitUnescaped(text: string, separators: string): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === '\\') index += 1;
    else if (character === '"') isQuoted = !isQuoted;
    else if (!isQuoted && separators.includes(character)) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  return [...parts, text.slice(start)];
}

function parsePart(text: string): NamePart | null {
  const match = /^ *(?:oid\.)?([a-z][a-z0-9-]*|\d+(?:\.\d+)*) *=([^]*)$/i.exec(text);
  if (match === null) return null;
  const value = unescapeValue(match[2] ?? '');
  return value === null ? null : { attribute: match[1] ?? '', value };
}

function unescapeValue(raw: string): string | null {
  const trimmed = trimUnescaped(raw);
  if (trimmed.startsWith('#')) return hexValue(trimmed.slice(1));
  const isQuoted = trimmed.length > 1 && trimmed.startsWith('"') && trimmed.endsWith('"');
  return unescapeText(isQuoted ? trimmed.slice(1, -1) : trimmed);
}

// Outer blanks do not count unless the last one is escaped.
function trimUnescaped(raw: string): string {
  // Blanks alone: what JavaScript trims besides (no-break spaces, byte order marks) is part of a value.
  const start = raw.replace(/^ +/, '');
  const end = start.replace(/ +$/, '');
  const isEscaped = /(?:^|[^\\])(?:\\\\)*\\$/.test(end) && end.length < start.length;
  return isEscaped ? start.slice(0, end.length + 1) : end;
}

function unescapeText(text: string): string | null {
  const bytes: Buffer[] = [];
  for (const piece of text.matchAll(/\\([0-9a-f]{2})|\\([^])|([^\\]+)|(\\)$/gi)) {
    if (piece[4] !== undefined) return null;
    bytes.push(piece[1] === undefined ? Buffer.from(piece[2] ?? piece[3] ?? '') : Buffer.from(piece[1], 'hex'));
  }
  return Buffer.concat(bytes).toString('utf8');
}

// `#04056d61746873`: the value as BER. Only a string of less than 128 bytes is read; the rest stays what it is.
function hexValue(hex: string): string | null {
  if (!/^([0-9a-f]{2})+$/i.test(hex)) return null;
  const bytes = Buffer.from(hex, 'hex');
  return (bytes[1] ?? 0x80) === bytes.length - 2 ? bytes.subarray(2).toString('utf8') : `#${hex}`;
}
