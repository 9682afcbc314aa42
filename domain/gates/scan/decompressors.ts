/**
 * `deflate` is raw (RFC 1951), `zlib` RFC 1950, `gzip` RFC 1952; `lzma` is the older file of XZ's
 * makers, `lz4` the frame; the others are their own files'.
 */
export type Codec = 'deflate' | 'zlib' | 'gzip' | 'bz2' | 'lzma' | 'xz' | 'lz4' | 'zstd';

/** What comes out of one compressed stream. */
interface Unpacking {
  /**
   * Throws where the input is not of the codec, or ends early; a FormatError where it may be, and
   * uses what is not undone here.
   */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Bytes of input that belonged to the stream, once `chunks` has ended. */
  readonly consumed: () => number;
}

export type Decompress = (compressed: AsyncIterable<Uint8Array>) => Unpacking;

/** What the machine can undo; a codec that is missing leaves its files inconclusive. */
export type Decompressors = Readonly<Partial<Record<Codec, Decompress>>>;
