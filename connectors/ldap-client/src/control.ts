// Controls and extended operations that ldapts does not have: their requests as bytes, their answers read.
// Owns nothing of when they are used.
import { type BerReader, type BerWriter, Control, SearchEntry } from 'ldapts';
import { type LdapEntry, toEntry } from './entry.js';

/** Extended operation that sets a password (RFC 3062). */
export const passwordModifyOid = '1.3.6.1.4.1.4203.1.11.1';

/** Control that answers with the entry after the change (RFC 4527). */
export const postReadOid = '1.3.6.1.1.13.2';

/** Bytes of a BER value of that tag. */
export function ber(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag, ...berLength(content.length)]), content]);
}

function berLength(length: number): readonly number[] {
  if (length < 0x80) return [length];
  if (length < 0x1_00) return [0x81, length];
  if (length < 0x1_00_00) return [0x82, length >> 8, length & 0xff];
  return [0x83, length >> 16, (length >> 8) & 0xff, length & 0xff];
}

/** The request value of a password change by an administrator: whose, and the new password. */
export function passwordModification(dn: string, password: string): Buffer {
  return ber(0x30, ber(0x80, Buffer.from(dn)), ber(0x82, Buffer.from(password)));
}

/** A control without a value. */
export function flagControl(oid: string, critical: boolean): Control {
  return new Control(oid, { critical });
}

/** A class, because ldapts hands the answer to the control that was sent. */
class PostReadControl extends Control {
  entry: LdapEntry | null = null;

  constructor(private readonly wanted: readonly string[]) {
    super(postReadOid, { critical: false });
  }

  protected override writeControl(writer: BerWriter): void {
    writer.writeBuffer(ber(0x30, ...this.wanted.map((name) => ber(0x04, Buffer.from(name)))), 0x04);
  }

  protected override parseControl(reader: BerReader): void {
    reader.readSequence();
    const entry = new SearchEntry({ messageId: 0 });
    entry.parseMessage(reader);
    this.entry = toEntry(entry);
  }
}

/** A control to send with a change, and afterwards the entry as the change left it; null when the server sent none. */
export interface PostRead {
  readonly control: Control;
  entry(): LdapEntry | null;
}

export function postRead(attributes: readonly string[]): PostRead {
  const control = new PostReadControl(attributes);
  return { control, entry: () => control.entry };
}
