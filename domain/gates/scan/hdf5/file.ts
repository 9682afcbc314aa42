import type { ByteSource } from '#domain/gates/scan/byte-source.ts';
import { broken, unread } from './broken.ts';
import { lookup3 } from './checksum.ts';
import { Fields, type Widths } from './fields.ts';
import { Space } from './space.ts';

/** A block of metadata is read whole; libhdf5 writes none above 4 MiB of its own accord. */
const MOST_BLOCK_BYTES = 64 * 1024 * 1024;
const CHECKSUM_BYTES = 4;

/** Numbers of entries that the old trees of groups and chunks have room for, halved. */
export interface TreeRanks {
  leaf: number;
  internal: number;
  chunks: number;
}

/** The file behind its superblock: blocks of metadata by address, each read once. */
export class Hdf5File {
  /** From the base address on. */
  readonly source: ByteSource;
  readonly widths: Widths;
  readonly ranks: TreeRanks;
  readonly space: Space;

  constructor(source: ByteSource, widths: Widths, ranks: TreeRanks) {
    this.source = source;
    this.widths = widths;
    this.ranks = ranks;
    this.space = new Space(source.size);
  }

  /** The first bytes of a block whose length they tell, which is not claimed by that. */
  async peek(what: string, at: number, length: number): Promise<Fields> {
    if (at + length > this.source.size) {
      throw broken('bounds', `${what} lies at byte ${at}, the file has ${this.source.size}`);
    }
    return new Fields(await this.source.read(at, length), at, this.widths);
  }

  /** A block of metadata, which no other thing may claim. */
  async block(what: string, at: number, length: number): Promise<Fields> {
    this.space.claim(what, at, length);
    if (length > MOST_BLOCK_BYTES) throw unread('limit', `has ${what} of ${length} bytes`, at);
    return new Fields(await this.source.read(at, length), at, this.widths);
  }

  /** A block that begins with a signature and its version, 0, both stepped over. */
  async signed(what: string, signature: string, at: number, length: number): Promise<Fields> {
    const fields = await this.block(what, at, length);
    begin(fields, what, signature);
    return fields;
  }

  /** The same, when a checksum ends it; the fields end before that. */
  summed(what: string, signature: string, at: number, length: number): Promise<Fields> {
    return this.summedWithin(what, signature, { at, length, used: length });
  }

  /** The same, when only the first `used` bytes of its room are. */
  async summedWithin(
    what: string,
    signature: string,
    { at, length, used }: { at: number; length: number; used: number },
  ): Promise<Fields> {
    const whole = await this.block(what, at, length);
    const fields = checkedSum(whole.part(used), what);
    begin(fields, what, signature);
    return fields;
  }
}

/** Steps over a signature and a version of 0. */
export function begin(fields: Fields, what: string, signature: string): void {
  const found = String.fromCharCode(...fields.take(4));
  if (found !== signature) {
    throw broken('signature', `${what} does not begin with ${signature}`, fields.start);
  }
  const version = fields.u8();
  if (version !== 0) throw unread('version', `has ${what} of version ${version}`, fields.start);
}

/** The fields without their checksum, which must fit. */
export function checkedSum(fields: Fields, what: string): Fields {
  const length = fields.bytes.length - CHECKSUM_BYTES;
  const inner = new Fields(
    fields.bytes.subarray(0, Math.max(0, length)),
    fields.start,
    fields.widths,
  );
  fields.at = length;
  if (length < 0 || fields.u32() !== lookup3(inner.bytes)) {
    throw broken('checksum', `${what} does not have the checksum that it promises`, fields.start);
  }
  return inner;
}
