// GUIDs and SIDs: the bytes of the directory and their text. Owns nothing of what they identify.

const guidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether the text has the form of a GUID. */
export const isGuid = (text: string): boolean => guidForm.test(text);

/** The text of a GUID. */
export function guidText(bytes: Buffer): string {
  return swapped(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The bytes of a GUID, as filters need them. */
export function guidBytes(text: string): Buffer {
  return swapped(Buffer.from(text.replaceAll('-', ''), 'hex'));
}

// The first three parts are numbers with the low byte first.
function swapped(bytes: Buffer): Buffer {
  const part = (from: number, to: number): Buffer => Buffer.from(bytes.subarray(from, to));
  return Buffer.concat([part(0, 4).swap32(), part(4, 6).swap16(), part(6, 8).swap16(), part(8, 16)]);
}

/** The name by which the row of that GUID is addressed, wherever it stands by now. */
export const guidName = (guid: string): string => `<GUID=${guid}>`;

/** `S-1-5-21-…` */
export function sidText(bytes: Buffer): string {
  const parts = Array.from({ length: bytes.readUInt8(1) }, (_unused, n) => bytes.readUInt32LE(8 + 4 * n));
  return ['S', bytes.readUInt8(0), bytes.readUIntBE(2, 6), ...parts].join('-');
}

/** What the control for extended names puts before a name: `<GUID=…>;<SID=…>;CN=…`. */
export interface ExtendedName {
  /** Absent for names that are no objects of the domain. */
  readonly guid: string | null;
  readonly dn: string;
}

export function extendedName(text: string): ExtendedName {
  const [prefix = ''] = /^(?:<[^>]*>;)*/.exec(text) ?? [];
  const guid = /<GUID=([^>]*)>/i.exec(prefix)?.[1];
  return { guid: guid === undefined ? null : guid.toLowerCase(), dn: text.slice(prefix.length) };
}
