const P1 = 0x9e3779b1;
const P2 = 0x85ebca77;
const P3 = 0xc2b2ae3d;
const P4 = 0x27d4eb2f;
const P5 = 0x165667b1;
const STRIPE = 16;

const turned = (value: number, by: number): number => (value << by) | (value >>> (32 - by));

/** xxHash of 32 bits with seed 0, as LZ4 frames use it; the specification of xxHash 0.8. */
export class Xxh32 {
  readonly #lanes = Int32Array.of(P1 + P2, P2, 0, -P1);
  readonly #held = new Uint8Array(STRIPE);
  #count = 0;
  #total = 0;

  update(bytes: Uint8Array): void {
    this.#total += bytes.length;
    let at = 0;
    if (this.#count > 0) {
      at = Math.min(STRIPE - this.#count, bytes.length);
      this.#held.set(bytes.subarray(0, at), this.#count);
      this.#count += at;
      if (this.#count < STRIPE) return;
      this.#stripe(new DataView(this.#held.buffer), 0);
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (; at + STRIPE <= bytes.length; at += STRIPE) this.#stripe(view, at);
    this.#held.set(bytes.subarray(at));
    this.#count = bytes.length - at;
  }

  /** Unsigned. */
  get value(): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.#lanes;
    let hash =
      this.#total < STRIPE ? P5 : turned(a, 1) + turned(b, 7) + turned(c, 12) + turned(d, 18);
    hash = (hash + this.#total) | 0;
    const view = new DataView(this.#held.buffer);
    let at = 0;
    for (; at + 4 <= this.#count; at += 4) {
      hash = turned((hash + Math.imul(view.getUint32(at, true), P3)) | 0, 17);
      hash = Math.imul(hash, P4);
    }
    for (; at < this.#count; at += 1) {
      hash = turned((hash + Math.imul(view.getUint8(at), P5)) | 0, 11);
      hash = Math.imul(hash, P1);
    }
    hash = Math.imul(hash ^ (hash >>> 15), P2);
    hash = Math.imul(hash ^ (hash >>> 13), P3);
    return (hash ^ (hash >>> 16)) >>> 0;
  }

  #stripe(view: DataView, at: number): void {
    for (let lane = 0; lane < 4; lane += 1) {
      const word = view.getUint32(at + lane * 4, true);
      const mixed = ((this.#lanes[lane] ?? 0) + Math.imul(word, P2)) | 0;
      this.#lanes[lane] = Math.imul(turned(mixed, 13), P1);
    }
  }
}

export function xxh32(bytes: Uint8Array): number {
  const hash = new Xxh32();
  hash.update(bytes);
  return hash.value;
}
