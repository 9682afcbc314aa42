import { BitReader } from './bit-reader.ts';
import { Bzip2Block } from './bzip2-block.ts';
import type { Input } from './input.ts';

const MAGIC = [0x42, 0x5a, 0x68];
/** 900,000 symbols of at most 20 bits take 2.25 MB, the code tables and selectors some kB. */
const LARGEST_BLOCK_BYTES = 3_000_000;
const BLOCK = [0x314159, 0x265359] as const;
const END = [0x177245, 0x385090] as const;

/**
 * Undoes bzip2: every stream of the input, one after the other, with the checksum of each block and
 * stream compared.
 */
export async function* bunzip2(input: Input): AsyncGenerator<Uint8Array> {
  if (!(await input.follows(MAGIC))) throw new Error('it does not begin as bzip2');
  do yield* stream(input);
  while (await input.follows(MAGIC));
}

async function* stream(input: Input): AsyncGenerator<Uint8Array> {
  const bits = new BitReader(input);
  await input.fill(LARGEST_BLOCK_BYTES);
  const level = bits.bits(8) - 0x30;
  if (level < 1 || level > 9) throw new Error(`its block size is ${level}, 1 to 9 are defined`);
  const block = new Bzip2Block(bits, level * 100_000);
  let crc = 0;
  for (;;) {
    await input.fill(LARGEST_BLOCK_BYTES);
    const mark = [bits.bits(24), bits.bits(24)];
    const promised = bits.u32();
    if (mark[0] === END[0] && mark[1] === END[1]) {
      if (crc !== promised) throw new Error('its stream does not have the CRC that it promises');
      if (bits.align() !== 0) throw new Error('its last bits are not zero');
      return;
    }
    if (mark[0] !== BLOCK[0] || mark[1] !== BLOCK[1]) throw new Error('a block has no signature');
    block.decode();
    yield* block.bytes();
    if (block.crc !== promised) throw new Error('a block does not have the CRC that it promises');
    crc = (((crc << 1) | (crc >>> 31)) ^ promised) >>> 0;
  }
}
