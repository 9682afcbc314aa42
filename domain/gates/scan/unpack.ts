import type { ByteSource } from './byte-source.ts';
import type { Codec } from './decompressors.ts';
import { FormatError } from './format-error.ts';
import type { Scan } from './reading.ts';

const CHUNK_BYTES = 1024 * 1024;
/** A member this small may unpack to 16 MB whatever its ratio. */
const SMALL_BYTES = 64 * 1024;

type Unpacker = Pick<Scan, 'decompressors' | 'limits' | 'spent'> & Partial<Pick<Scan, 'outOfTime'>>;

/** What a compressed stream held, and how many of its bytes were the stream. */
export interface Unpacked {
  readonly bytes: Uint8Array;
  readonly consumed: number;
}

/**
 * Undoes one compression, in memory, within the scan's limits.
 * @throws FormatError inconclusive without a decompressor or beyond a limit; fail for a bad stream.
 */
export async function unpack(source: ByteSource, codec: Codec, scan: Unpacker): Promise<Unpacked> {
  const decompress = scan.decompressors[codec];
  if (decompress === undefined) {
    throw new FormatError(
      'archive.no-decompressor',
      'inconclusive',
      `compressed with ${codec}, which is not undone here; store the file uncompressed, or use gzip, bzip2, XZ or LZ4`,
    );
  }
  const input = new Input(source, scan.outOfTime);
  const { chunks, consumed } = decompress(input.chunks());
  const parts: Uint8Array[] = [];
  let length = 0;
  const iterator = chunks[Symbol.asyncIterator]();
  for (;;) {
    const next = await iterator.next().catch((cause: unknown) => {
      if (input.fault !== undefined) throw input.fault;
      if (cause instanceof FormatError) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new FormatError(
        `${codec}.malformed`,
        'fail',
        `the ${codec} stream is broken: ${reason}; pack the file again`,
      );
    });
    if (next.done) break;
    length += next.value.length;
    scan.spent.unpackedBytes += next.value.length;
    const excess = excessOf(length, source.size, scan);
    if (excess !== undefined) {
      await iterator.return?.();
      throw new FormatError('archive.limit', 'inconclusive', excess);
    }
    parts.push(next.value);
  }
  return { bytes: joined(parts, length), consumed: consumed() };
}

function excessOf(length: number, packed: number, { limits, spent }: Unpacker): string | undefined {
  const remedy = 'upload the file unpacked';
  if (length > limits.memberBytes) {
    return `unpacks to more than ${limits.memberBytes} bytes, which is not read further; ${remedy}`;
  }
  if (spent.unpackedBytes > limits.unpackedBytes) {
    return `the artifact unpacks to more than ${limits.unpackedBytes} bytes in all; ${remedy}`;
  }
  if (length > limits.ratio * Math.max(packed, SMALL_BYTES)) {
    return `unpacks to more than ${limits.ratio} times its ${packed} bytes, as a bomb does; ${remedy}`;
  }
  return undefined;
}

/** The packed bytes; a fault in reading them is the source's, not the stream's. */
class Input {
  fault: unknown;
  readonly #source: ByteSource;
  readonly #outOfTime: () => boolean;

  constructor(source: ByteSource, outOfTime = () => false) {
    this.#source = source;
    this.#outOfTime = outOfTime;
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    const { size } = this.#source;
    for (let at = 0; at < size; at += CHUNK_BYTES) {
      try {
        if (this.#outOfTime()) throw outOfTime(at, size);
        yield await this.#source.read(at, Math.min(CHUNK_BYTES, size - at));
      } catch (error) {
        this.fault = error;
        throw error;
      }
    }
  }
}

const outOfTime = (at: number, size: number): FormatError =>
  new FormatError(
    'scan.time',
    'inconclusive',
    `the time for scanning was over when ${at} of ${size} bytes were unpacked; upload the file unpacked`,
  );

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
