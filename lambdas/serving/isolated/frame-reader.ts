import { decodeBody, type Frame, PREFIX_BYTES, readPrefix } from './frame.ts';

/** Puts frames together from the chunks of a stream, one at a time, each in memory of its own. */
export class FrameReader {
  #target: Buffer = Buffer.alloc(PREFIX_BYTES);
  #filled = 0;
  #headerBytes: number | undefined;

  /**
   * The frames that this chunk completes.
   * @throws FrameError when the bytes are no frame; the stream is of no use then.
   */
  push(chunk: Buffer): readonly Frame[] {
    const frames: Frame[] = [];
    let at = 0;
    while (at < chunk.length) {
      const copied = chunk.copy(this.#target, this.#filled, at);
      at += copied;
      this.#filled += copied;
      if (this.#filled < this.#target.length) break;
      const frame = this.#complete();
      if (frame) frames.push(frame);
    }
    return frames;
  }

  #complete(): Frame | undefined {
    this.#filled = 0;
    if (this.#headerBytes === undefined) {
      const { bodyBytes, headerBytes } = readPrefix(this.#target);
      this.#target = Buffer.from(new ArrayBuffer(bodyBytes));
      this.#headerBytes = headerBytes;
      return undefined;
    }
    const frame = decodeBody(this.#target.buffer as ArrayBuffer, this.#headerBytes);
    this.#target = Buffer.alloc(PREFIX_BYTES);
    this.#headerBytes = undefined;
    return frame;
  }
}
