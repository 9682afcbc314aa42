import { createHash, type Hash } from 'node:crypto';
import { Crc32 } from '#domain/gates/scan/crc32.ts';
import { FormatError } from '#domain/gates/scan/format-error.ts';
import type { Input } from './input.ts';
import { LzmaWindow } from './lzma-window.ts';
import { unlzma2 } from './lzma2.ts';
import { xzCheck } from './xz-check.ts';
import { checked, numberOf, XzFields } from './xz-fields.ts';

const MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];
const FOOTER_MAGIC = [0x59, 0x5a];
const LZMA2 = 0x21;

/**
 * Undoes XZ by its file format 1.2.1: every stream and the padding between them, with all checks
 * and the index compared.
 */
export async function* unxz(input: Input): AsyncGenerator<Uint8Array> {
  if (!(await input.follows(MAGIC))) throw new Error('it does not begin as XZ');
  for (;;) {
    yield* stream(input);
    while (await input.follows([0, 0, 0, 0])) {}
    if (!(await input.follows(MAGIC))) return;
  }
}

async function* stream(input: Input): AsyncGenerator<Uint8Array> {
  const [zero = 0, kind = 0] = checked(await input.take(6), 'the stream header').slice();
  if (zero !== 0 || kind > 15) throw new Error('the stream header has flags that are not defined');
  const records = new Records();
  for (;;) {
    const start = input.consumed;
    const size = (await input.take(1))[0] ?? 0;
    if (size === 0) break;
    yield* block(input, start, size, kind, records);
  }
  const indexBytes = await index(input, records);
  const footer = await input.take(10);
  const fields = new DataView(footer.buffer, footer.byteOffset, footer.length);
  const crc = new Crc32();
  crc.update(footer.subarray(4));
  if (crc.value !== fields.getUint32(0, true)) {
    throw new Error('the stream footer does not have the CRC it promises');
  }
  const backward = (fields.getUint32(4, true) + 1) * 4;
  if (backward !== indexBytes || footer[8] !== 0 || footer[9] !== kind) {
    throw new Error('the stream footer differs from what it follows');
  }
  if (!(await input.follows(FOOTER_MAGIC))) throw new Error('the stream footer has no signature');
}

async function* block(
  input: Input,
  start: number,
  size: number,
  kind: number,
  records: Records,
): AsyncGenerator<Uint8Array> {
  const rest = await input.take((size + 1) * 4 - 1);
  const header = blockHeader(checked(Uint8Array.of(size, ...rest), 'a block header'));
  const check = xzCheck(kind);
  const from = input.consumed;
  let unpacked = 0;
  for await (const piece of unlzma2(input, new LzmaWindow(header.dictionary))) {
    check.update(piece);
    unpacked += piece.length;
    yield piece;
  }
  const packed = input.consumed - from;
  if ((header.packed ?? packed) !== packed || (header.unpacked ?? unpacked) !== unpacked) {
    throw new Error('a block does not have the sizes that its header promises');
  }
  new XzFields(await input.take(-packed & 3)).padding();
  const promised = await input.take(check.size);
  const digest = check.digest();
  if (promised.some((byte, at) => byte !== digest[at])) {
    throw new Error('a block does not have the checksum it promises');
  }
  const padding = -packed & 3;
  records.add(input.consumed - start - padding, unpacked);
}

interface BlockHeader {
  readonly packed: number | undefined;
  readonly unpacked: number | undefined;
  readonly dictionary: number;
}

function blockHeader(bytes: Uint8Array): BlockHeader {
  const fields = new XzFields(bytes, 1);
  const flags = fields.byte();
  if ((flags & 0x3c) !== 0) throw new Error('a block header has flags that are not defined');
  const packed = (flags & 0x40) === 0 ? undefined : fields.number();
  const unpacked = (flags & 0x80) === 0 ? undefined : fields.number();
  const filter = fields.number();
  if ((flags & 3) !== 0 || filter !== LZMA2) {
    throw new FormatError(
      'xz.filter',
      'inconclusive',
      'uses filters of XZ beside LZMA2, which are not undone here; compress the file again without',
    );
  }
  const size = fields.number();
  const bits = fields.byte();
  if (size !== 1 || bits > 40) throw new Error('a block header has no dictionary size');
  fields.padding();
  const dictionary = bits === 40 ? 2 ** 32 - 1 : (2 | (bits & 1)) * 2 ** ((bits >> 1) + 11);
  return { packed, unpacked, dictionary };
}

/** The sizes of a stream's blocks, as a hash: a stream may have millions. */
class Records {
  count = 0;
  readonly #hash: Hash = createHash('sha256');

  add(unpadded: number, unpacked: number): void {
    this.count += 1;
    this.#hash.update(`${unpadded} ${unpacked};`);
  }

  digest(): string {
    return this.#hash.digest('hex');
  }
}

/** Reads the index, whose first byte was taken. @returns its bytes in all. */
async function index(input: Input, blocks: Records): Promise<number> {
  const crc = new Crc32();
  let size = 0;
  const listed = new Records();
  const number = async (): Promise<number> => {
    const bytes: number[] = [];
    do {
      const [byte = 0] = await take(1);
      bytes.push(byte);
    } while ((bytes.at(-1) ?? 0) >= 0x80 && bytes.length < 9);
    return numberOf(() => bytes.shift() ?? 0);
  };
  const take = async (length: number): Promise<Uint8Array> => {
    const bytes = await input.take(length);
    crc.update(bytes);
    size += length;
    return bytes;
  };
  crc.update(Uint8Array.of(0));
  size = 1;
  const count = await number();
  if (count !== blocks.count) throw new Error(`the index lists ${count} blocks, not its number`);
  while (listed.count < count) listed.add(await number(), await number());
  if (listed.digest() !== blocks.digest()) throw new Error('the index differs from the blocks');
  new XzFields(await take(-size & 3)).padding();
  const promised = await input.take(4);
  if (new DataView(promised.buffer, promised.byteOffset).getUint32(0, true) !== crc.value) {
    throw new Error('the index does not have the CRC it promises');
  }
  return size + 4;
}
