import {
  type AsyncBuffer,
  type FileMetaData,
  type ParquetParsers,
  parquetMetadataAsync,
  parquetRead,
  parquetSchema,
  type RowGroup,
  type SchemaTree,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { type RowSource, UnreadableRows } from '#domain/gates/dataset/rows.ts';
import type { Cells } from './batches.ts';
import { cellText, momentText, singleText } from './cell-text.ts';
import type { DataFile } from './data-file.ts';

/** Compressed bytes of one row group, which are kept while its rows pass. */
const MAX_GROUP_BYTES = 256 * 1024 * 1024;
/** Cells unpacked at a time. */
const SLICE_CELLS = 1_000_000;

/** Apache Parquet, row group by row group; nested values become JSON. */
export async function parquetRows(file: DataFile): Promise<RowSource> {
  const bytes = new FileBytes(file);
  const metadata = await bytes.guard(0, () => parquetMetadataAsync(bytes, { parsers: PARSERS }));
  const columns = parquetSchema(metadata).children;
  if (columns.length === 0) throw bytes.broken(0, 'no columns');
  return {
    header: columns.map(({ element }) => element.name),
    batches: batchesOf(bytes, metadata, columns),
  };
}

async function* batchesOf(
  file: FileBytes,
  metadata: FileMetaData,
  columns: readonly SchemaTree[],
): AsyncGenerator<Cells[]> {
  const texts = columns.map(textOf);
  const slice = Math.max(100, Math.floor(SLICE_CELLS / columns.length));
  let start = 0;
  for (const group of metadata.row_groups) {
    file.forget();
    const size = packedBytes(group);
    if (size > MAX_GROUP_BYTES) {
      throw file.broken(
        start + 1,
        `a row group of ${size} bytes, more than ${MAX_GROUP_BYTES}`,
        'write it with smaller row groups',
      );
    }
    const end = start + Number(group.num_rows);
    for (; start < end; start = Math.min(end, start + slice)) {
      const range = { rowStart: start, rowEnd: Math.min(end, start + slice) };
      const rows = await file.guard(start + 1, () => valuesOf(file, metadata, range));
      yield rows.map((row) => texts.map((text, index) => text(row[index])));
    }
  }
}

const packedBytes = ({ columns }: RowGroup): number =>
  columns.reduce((sum, { meta_data }) => sum + Number(meta_data?.total_compressed_size ?? 0), 0);

async function valuesOf(
  file: AsyncBuffer,
  metadata: FileMetaData,
  range: { readonly rowStart: number; readonly rowEnd: number },
): Promise<readonly (readonly unknown[])[]> {
  let rows: readonly (readonly unknown[])[] = [];
  await parquetRead({
    file,
    metadata,
    ...range,
    compressors,
    parsers: PARSERS,
    onComplete: (read) => {
      rows = read;
    },
  });
  if (rows.length !== range.rowEnd - range.rowStart) {
    throw new Error(`${rows.length} of ${range.rowEnd - range.rowStart} rows`);
  }
  return rows;
}

const decoder = new TextDecoder();
const PARSERS: Partial<ParquetParsers> = {
  timestampFromMilliseconds: (units) => momentText(BigInt(units), 1000n),
  timestampFromMicroseconds: (units) => momentText(BigInt(units), 1_000_000n),
  timestampFromNanoseconds: (units) => momentText(BigInt(units), 1_000_000_000n),
  dateFromDays: (days) => momentText(BigInt(days) * 86_400n, 1n).slice(0, 10),
  jsonFromBytes: (bytes) => bytes && decoder.decode(bytes),
};

/** How a column's values are said. */
function textOf({ element, children }: SchemaTree): (value: unknown) => string {
  if (children.length > 0) return cellText;
  const { type, converted_type, scale = 0 } = element;
  const numeric = (said: (value: number) => string) => (value: unknown) =>
    typeof value === 'number' ? said(value) : cellText(value);
  if (converted_type === 'DECIMAL') return numeric((value) => value.toFixed(scale));
  return type === 'FLOAT' ? numeric(singleText) : cellText;
}

/** A file's bytes as the parser asks for them; what was read of a row group stays until the next. */
class FileBytes implements AsyncBuffer {
  readonly byteLength: number;
  readonly #file: DataFile;
  readonly #read = new Map<string, Promise<ArrayBuffer>>();
  #unreachable: unknown;

  constructor(file: DataFile) {
    this.#file = file;
    this.byteLength = file.size;
  }

  slice(start: number, end = this.byteLength): Promise<ArrayBuffer> {
    const key = `${start}-${end}`;
    const bytes = this.#read.get(key) ?? this.#fetch(start, end);
    this.#read.set(key, bytes);
    return bytes;
  }

  forget(): void {
    this.#read.clear();
  }

  async #fetch(start: number, end: number): Promise<ArrayBuffer> {
    const from = start < 0 ? this.byteLength + start : start;
    if (!(from >= 0 && from < end && end <= this.byteLength)) {
      throw new Error(`bytes ${start} to ${end} of ${this.byteLength}`);
    }
    try {
      return new Uint8Array(await this.#file.read(from, end - from)).buffer;
    } catch (error) {
      this.#unreachable = error;
      throw error;
    }
  }

  /** Tells a file that breaks off its format from one that cannot be reached. */
  async guard<T>(row: number, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      if (this.#unreachable !== undefined) throw this.#unreachable;
      throw this.broken(row, error instanceof Error ? error.message : String(error));
    }
  }

  broken(row: number, got: string, remedy = 'write it again'): UnreadableRows {
    const at = row > 0 ? `from row ${row} on` : 'in its footer';
    return new UnreadableRows(`${this.#file.path} is no Parquet ${at}: ${got}; ${remedy}`);
  }
}
