// Controls of Active Directory that carry a value: what changed since a cookie, and names with the GUID of what they name.
// https://learn.microsoft.com/openspecs/windows_protocols/ms-adts (3.1.1.3.4.1). Owns their bytes only.
import { type BerReader, type BerWriter, Control } from 'ldapts';
import { ber } from './control.js';

export const dirSyncOid = '1.2.840.113556.1.4.841';
export const extendedNamesOid = '1.2.840.113556.1.4.529';

/** Added and removed values are told one by one, instead of all values of a changed attribute. */
export const incrementalValues = 0x8000_0000;

/** Most bytes of one answer; a server may take it as an advice. */
const mostBytes = 1_048_576;

/** A class, because ldapts hands the answer to the control that was sent. */
class DirSyncControl extends Control {
  next: { readonly cookie: Buffer; readonly hasMore: boolean } | null = null;

  constructor(
    private readonly cookie: Buffer,
    private readonly flags: number,
  ) {
    super(dirSyncOid, { critical: true });
  }

  protected override writeControl(writer: BerWriter): void {
    writer.writeBuffer(ber(0x30, integer(this.flags), integer(mostBytes), ber(0x04, this.cookie)), 0x04);
  }

  protected override parseControl(reader: BerReader): void {
    reader.readSequence();
    const hasMore = reader.readInt() !== 0;
    reader.readInt();
    const cookie = reader.readString(0x04, true);
    this.next = cookie === null ? null : { cookie, hasMore };
  }
}

/** A control to send with a search of a whole naming context, and afterwards the cookie to go on from. */
export interface DirSync {
  readonly control: Control;
  next(): { readonly cookie: Buffer; readonly hasMore: boolean } | null;
}

/** `cookie` empty: from the beginning. */
export function dirSync(cookie: Buffer, flags: number): DirSync {
  const control = new DirSyncControl(cookie, flags);
  return { control, next: () => control.next };
}

class ExtendedNamesControl extends Control {
  constructor() {
    super(extendedNamesOid, { critical: true });
  }

  // 1: GUID and SID as text, not as hexadecimal bytes.
  protected override writeControl(writer: BerWriter): void {
    writer.writeBuffer(ber(0x30, integer(1)), 0x04);
  }
}

/** Names of entries, and values that are names, come as `<GUID=…>;<SID=…>;CN=…`. */
export function extendedNames(): Control {
  return new ExtendedNamesControl();
}

// As 32 bits with a sign: the highest flag is a negative number on the wire.
function integer(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value | 0);
  let start = 0;
  while (start < 3 && isSignOnly(bytes, start)) start += 1;
  return ber(0x02, bytes.subarray(start));
}

function isSignOnly(bytes: Buffer, at: number): boolean {
  const [first, second] = [bytes[at] ?? 0, bytes[at + 1] ?? 0];
  return (first === 0 && second < 0x80) || (first === 0xff && second >= 0x80);
}
