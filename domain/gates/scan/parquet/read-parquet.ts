import { FormatError } from '#domain/gates/scan/format-error.ts';
import { LittleEndian } from '#domain/gates/scan/little-endian.ts';
import { Findings, type Member, type Reading } from '#domain/gates/scan/reading.ts';
import { fromUtf8 } from '#domain/signing/encoding.ts';
import { readThrift, type Thrift, type ThriftStruct } from './thrift.ts';

const FORMAT = 'Parquet table';
const MAGIC_BYTES = 4;
/** Length of the footer, then the magic number again. */
const TAIL_BYTES = 8;
const MAGIC = 0x31524150;
const LARGEST_FOOTER = 16 * 1024 * 1024;

/**
 * Judges a Parquet table, which holds rows and nothing that is run: its columns lie within the
 * file, and in no other one.
 * Source: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 * @throws FormatError where the footer is broken.
 */
export async function readParquet(member: Member): Promise<Reading> {
  const { source } = member;
  const footer = await footerOf(member);
  const dataEnd = source.size - TAIL_BYTES - footer.length;
  const metadata = readThrift(footer);
  if (metadata === undefined) throw broken('its footer is not the metadata of a table');

  const findings = new Findings(member);
  let known = MAGIC_BYTES + footer.length + TAIL_BYTES;
  for (const chunk of columnChunks(metadata)) {
    const path = chunk.get(FIELD.filePath);
    if (path instanceof Uint8Array) {
      const name = JSON.stringify(fromUtf8(path.subarray(0, 200)) ?? 'a name that is no text');
      findings.fail('parquet.external', `keeps a column in another file, ${name}; write one file`);
      continue;
    }
    const { start, bytes } = extentOf(chunk.get(FIELD.columnMetadata));
    if (start < MAGIC_BYTES || bytes < 0 || start + bytes > dataEnd) {
      throw broken(`a column claims bytes ${start} to ${start + bytes} of ${dataEnd}`);
    }
    known += bytes;
  }
  if (findings.checks.length === 0) {
    findings.pass('parquet.layout', 'rows within the file, and nothing that is run');
  }
  return { format: FORMAT, checks: findings.checks, parsed: Math.min(known, source.size) };
}

async function footerOf({ source }: Member): Promise<Uint8Array> {
  if (source.size < MAGIC_BYTES + TAIL_BYTES) throw broken('it ends before its footer');
  const tail = new LittleEndian(await source.read(source.size - TAIL_BYTES, TAIL_BYTES));
  const length = tail.u32(0);
  if (tail.u32(MAGIC_BYTES) !== MAGIC) throw broken('it does not end as one');
  if (length > source.size - MAGIC_BYTES - TAIL_BYTES) throw broken('its footer is cut off');
  if (length > LARGEST_FOOTER) {
    throw new FormatError(
      'parquet.footer',
      'inconclusive',
      `has a footer of ${length} bytes, of which ${LARGEST_FOOTER} are read; write fewer row groups`,
    );
  }
  return source.read(source.size - TAIL_BYTES - length, length);
}

/** Numbers of the fields of FileMetaData, RowGroup, ColumnChunk and ColumnMetaData. */
const FIELD = {
  rowGroups: 4,
  columns: 1,
  filePath: 1,
  columnMetadata: 3,
  compressedSize: 7,
  dataPage: 9,
  dictionaryPage: 11,
} as const;

const columnChunks = (metadata: ThriftStruct): ThriftStruct[] =>
  structsIn(metadata.get(FIELD.rowGroups)).flatMap((group) => structsIn(group.get(FIELD.columns)));

function structsIn(value: Thrift): ThriftStruct[] {
  if (!Array.isArray(value)) throw broken('its footer lists no row groups or columns');
  return value.map((each: Thrift) => {
    if (each instanceof Map) return each as ThriftStruct;
    throw broken('its footer lists something else than row groups and columns');
  });
}

function extentOf(metadata: Thrift): { readonly start: number; readonly bytes: number } {
  const fields: ThriftStruct = metadata instanceof Map ? metadata : new Map();
  const [bytes, data, dictionary] = [
    FIELD.compressedSize,
    FIELD.dataPage,
    FIELD.dictionaryPage,
  ].map((field) => fields.get(field));
  if (typeof bytes !== 'number' || typeof data !== 'number') {
    throw broken('a column does not say where it lies');
  }
  // Some writers put 0 where there is no dictionary.
  const first = typeof dictionary === 'number' && dictionary > 0 ? dictionary : data;
  return { start: Math.min(first, data), bytes };
}

const broken = (what: string): FormatError =>
  new FormatError('parquet.broken', 'fail', `is no whole ${FORMAT}: ${what}; write it again`);
