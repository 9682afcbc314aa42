import type { Input } from './input.ts';
import { LzmaDecoder, propertiesOf, SYMBOL_BYTES } from './lzma-decoder.ts';
import { LzmaWindow } from './lzma-window.ts';
import { RangeDecoder } from './range-decoder.ts';

const HEADER_BYTES = 13;
const PIECE_BYTES = 64 * 1024;
const UNKNOWN = 2n ** 64n - 1n;

/** Undoes an `.lzma` file of the LZMA SDK, which has no checksum: one stream, and no more of the input. */
export async function* unlzma(input: Input): AsyncGenerator<Uint8Array> {
  const header = await input.take(HEADER_BYTES);
  const view = new DataView(header.buffer, header.byteOffset, HEADER_BYTES);
  const properties = propertiesOf(view.getUint8(0));
  const window = new LzmaWindow(view.getUint32(1, true));
  const promised = view.getBigUint64(5, true);
  let left = promised === UNKNOWN ? Number.POSITIVE_INFINITY : Number(promised);
  const range = new RangeDecoder(input);
  const decoder = new LzmaDecoder(range, window, properties);
  await input.fill(RangeDecoder.HEADER_BYTES);
  range.start();
  for (;;) {
    await input.fill(PIECE_BYTES);
    range.until(input.bytes.length);
    // Without the input's end in the window, enough is left there for one more symbol.
    const spare = input.ended ? 0 : SYMBOL_BYTES;
    while (window.fresh < PIECE_BYTES && left > 0 && input.left >= spare) {
      const length = decoder.symbol(left);
      if (length === 0) {
        if (left !== Number.POSITIVE_INFINITY) throw new Error(`it ends ${left} bytes early`);
        if (!range.finish()) throw new Error('its range coder does not end in zero');
        yield window.take();
        return;
      }
      left -= length;
    }
    yield window.take();
    if (left > 0) continue;
    // An end marker is allowed after the promised size, and nothing else.
    if (!range.finish() && (decoder.symbol(0) !== 0 || !range.finish())) {
      throw new Error('it is longer than it promises');
    }
    return;
  }
}
