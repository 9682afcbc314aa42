import { type Input, truncated } from './input.ts';
import { LzmaDecoder, type LzmaProperties, propertiesOf } from './lzma-decoder.ts';
import type { LzmaWindow } from './lzma-window.ts';
import { RangeDecoder } from './range-decoder.ts';

/** Undoes LZMA2: chunks of LZMA, or of bytes as they are, up to the one that ends it. */
export async function* unlzma2(input: Input, window: LzmaWindow): AsyncGenerator<Uint8Array> {
  const range = new RangeDecoder(input);
  let properties: LzmaProperties | undefined;
  let decoder: LzmaDecoder | undefined;
  let place = 0;
  let begun = false;
  for (;;) {
    const control = (await input.take(1))[0] ?? 0;
    if (control === 0) return;
    const isPlain = control < 0x80;
    if (isPlain && control > 2) throw new Error(`a chunk is of kind ${control}, not defined`);
    const level = (control >> 5) & 3;
    if (isPlain ? control === 1 : level === 3) {
      window.reset();
      place = 0;
      begun = true;
      decoder = undefined;
      properties = undefined;
    }
    if (!begun) throw new Error('its first chunk needs a dictionary');
    const low = await u16(input);
    if (isPlain) {
      window.putAll(await input.take(low + 1));
      place += low + 1;
      decoder?.passOver(low + 1);
      yield window.take();
      continue;
    }
    const unpacked = (control & 0x1f) * 0x10000 + low + 1;
    const packed = (await u16(input)) + 1;
    if (level >= 2) properties = propertiesOf((await input.take(1))[0] ?? 0);
    if (properties === undefined) throw new Error('a chunk has no properties');
    if (level >= 1) decoder = new LzmaDecoder(range, window, properties, place);
    if (decoder === undefined) throw new Error('a chunk needs a state');
    await input.fill(packed);
    if (input.left < packed) throw truncated();
    const end = input.at + packed;
    range.until(end);
    range.start();
    for (let left = unpacked; left > 0; ) {
      const length = decoder.symbol(left);
      if (length === 0) throw new Error('a chunk has an end marker');
      left -= length;
    }
    if (!range.finish() || input.at !== end) throw new Error('a chunk is longer than it promises');
    place += unpacked;
    yield window.take();
  }
}

async function u16(input: Input): Promise<number> {
  const [high = 0, low = 0] = await input.take(2);
  return high * 256 + low;
}
