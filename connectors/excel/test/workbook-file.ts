// Workbooks for tests: by another program's library, and by hand in the way office suites write them.
import { writeFileSync } from 'node:fs';
import { crc32, deflateRawSync } from 'node:zlib';
import writeXlsxFile, { type SheetData } from 'write-excel-file/node';

export interface WrittenSheet {
  readonly name: string;
  readonly rows: SheetData;
}

/** A workbook as the library write-excel-file makes it. */
export async function writeWorkbook(path: string, sheets: readonly WrittenSheet[]): Promise<void> {
  const written = sheets.map(({ name, rows }) => ({ data: rows, sheet: name, dateFormat: 'yyyy-mm-dd' }));
  writeFileSync(path, await writeXlsxFile(written).toBuffer());
}

/** What an office suite keeps beside the sheet. */
export interface OfficeWorkbook {
  /** The inside of `<sheetData>`. */
  readonly rows: string;
  readonly sharedStrings?: readonly string[];
  readonly isDate1904?: boolean;
  /** References such as A5:C5. */
  readonly merged?: readonly string[];
  readonly sheetName?: string;
}

const header = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
const relation = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';

/** The parts of a workbook with shared strings and styles; style 1 is a date, style 2 a date with time, style 3 money. */
export function officeParts(workbook: OfficeWorkbook): Readonly<Record<string, string>> {
  const strings = (workbook.sharedStrings ?? []).map((text) => `<si>${text}</si>`).join('');
  const merged = (workbook.merged ?? []).map((reference) => `<mergeCell ref="${reference}"/>`).join('');
  return {
    '[Content_Types].xml': `${header}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>`,
    '_rels/.rels': `${header}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="${relation}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml': `${header}<workbook ${main} xmlns:r="${relation}"><workbookPr date1904="${workbook.isDate1904 === true ? '1' : '0'}"/><sheets><sheet name="Notes" sheetId="1" r:id="rId4"/><sheet name="${workbook.sheetName ?? 'Staff'}" sheetId="2" r:id="rId3"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `${header}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="${relation}/styles" Target="styles.xml"/><Relationship Id="rId2" Type="${relation}/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="rId3" Type="${relation}/worksheet" Target="worksheets/staff.xml"/><Relationship Id="rId4" Type="${relation}/worksheet" Target="worksheets/notes.xml"/></Relationships>`,
    'xl/styles.xml': `${header}<styleSheet ${main}><numFmts count="2"><numFmt numFmtId="164" formatCode="dd.mm.yyyy\\ hh:mm"/><numFmt numFmtId="165" formatCode="#,##0.00\\ [$€-407]"/></numFmts><cellStyleXfs count="1"><xf numFmtId="0"/></cellStyleXfs><cellXfs count="4"><xf numFmtId="0" xfId="0"/><xf numFmtId="14" xfId="0"/><xf numFmtId="164" xfId="0"/><xf numFmtId="165" xfId="0"/></cellXfs></styleSheet>`,
    'xl/sharedStrings.xml': `${header}<sst ${main}>${strings}</sst>`,
    'xl/worksheets/notes.xml': `${header}<worksheet ${main}><sheetData><row r="1"><c r="A1" t="e"><v>#N/A</v></c></row></sheetData></worksheet>`,
    'xl/worksheets/staff.xml': `${header}<worksheet ${main}><sheetData>${workbook.rows}</sheetData>${merged === '' ? '' : `<mergeCells>${merged}</mergeCells>`}</worksheet>`,
  };
}

/** A ZIP archive of the parts, packed. */
export function zipped(parts: Readonly<Record<string, string>>): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, text] of Object.entries(parts)) {
    const bytes = Buffer.from(text);
    const packed = deflateRawSync(bytes);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(crc32(bytes), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(bytes.length, 18);
    fields.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), fields, Buffer.from(name), packed]);
    const entry = Buffer.alloc(46);
    entry.write('PK\u0001\u0002');
    entry.writeUInt16LE(20, 4);
    fields.copy(entry, 6);
    entry.writeUInt32LE(at, 42);
    locals.push(local);
    directory.push(entry, Buffer.from(name));
    at += local.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006');
  end.writeUInt16LE(locals.length, 8);
  end.writeUInt16LE(locals.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, list, end]);
}
