import { FormatError } from '#domain/gates/scan/format-error.ts';
import type { Input } from './input.ts';
import { Lz4Window } from './lz4-window.ts';
import { Xxh32, xxh32 } from './xxh32.ts';

const MAGIC = [0x04, 0x22, 0x4d, 0x18];
const STORED = 0x80000000;

/**
 * Undoes LZ4 frames, one after the other, with all checksums that they carry compared; the LZ4
 * frame format 1.6.4. Skippable frames hide bytes from every reader, and are not stepped over.
 */
export async function* unlz4(input: Input): AsyncGenerator<Uint8Array> {
  if (!(await input.follows(MAGIC))) throw new Error('it does not begin as an LZ4 frame');
  do yield* frame(input);
  while (await input.follows(MAGIC));
}

async function* frame(input: Input): AsyncGenerator<Uint8Array> {
  const descriptor = await descriptorOf(input);
  const window = new Lz4Window(descriptor.blockBytes);
  const hash = new Xxh32();
  let unpacked = 0;
  for (;;) {
    const word = await u32(input);
    if (word === 0) break;
    const size = word % STORED;
    if (size > descriptor.blockBytes) throw new Error(`a block has ${size} bytes, too many`);
    const block = await input.take(size);
    const promised = descriptor.blockChecksums ? xxh32(block) : undefined;
    if (descriptor.independent) window.clear();
    const bytes = word >= STORED ? window.copy(block) : window.decode(block);
    if (promised !== undefined && (await u32(input)) !== promised) {
      throw new Error('a block does not have the checksum that follows it');
    }
    if (descriptor.contentChecksum) hash.update(bytes);
    unpacked += bytes.length;
    yield bytes;
  }
  if (descriptor.contentChecksum && (await u32(input)) !== hash.value) {
    throw new Error('the content does not have the checksum that follows it');
  }
  if ((descriptor.contentBytes ?? unpacked) !== unpacked) {
    throw new Error(`the content has ${unpacked} bytes, ${descriptor.contentBytes} are promised`);
  }
}

interface Descriptor {
  readonly independent: boolean;
  readonly blockChecksums: boolean;
  readonly contentChecksum: boolean;
  readonly contentBytes: number | undefined;
  /** Most bytes of one block: 64 KiB, 256 KiB, 1 MiB or 4 MiB. */
  readonly blockBytes: number;
}

async function descriptorOf(input: Input): Promise<Descriptor> {
  await input.fill(2);
  const flags = input.bytes[input.at] ?? 0;
  const sized = (flags & 8) !== 0;
  const named = (flags & 1) !== 0;
  const bytes = (await input.take(2 + (sized ? 8 : 0) + (named ? 4 : 0))).slice();
  const view = new DataView(bytes.buffer);
  const block = view.getUint8(1);
  const exponent = (block >> 4) & 7;
  if (flags >> 6 !== 1 || (flags & 2) !== 0 || (block & 0x8f) !== 0 || exponent < 4) {
    throw new Error('its frame has flags that are not defined');
  }
  const promised = (await input.take(1))[0];
  if (promised !== ((xxh32(bytes) >>> 8) & 0xff)) {
    throw new Error('its frame header does not have the checksum it promises');
  }
  if (named) {
    throw new FormatError(
      'lz4.dictionary',
      'inconclusive',
      'needs a dictionary of its own, which is not there; compress the file again without',
    );
  }
  return {
    independent: (flags & 0x20) !== 0,
    blockChecksums: (flags & 0x10) !== 0,
    contentChecksum: (flags & 4) !== 0,
    contentBytes: sized ? Number(view.getBigUint64(2, true)) : undefined,
    blockBytes: 2 ** (8 + 2 * exponent),
  };
}

async function u32(input: Input): Promise<number> {
  const bytes = await input.take(4);
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}
