/** The polynomial of ECMA-182 as XZ uses it, lowest bit first, in two halves of 32 bits. */
const HIGH = 0xc96c5795;
const LOW = 0xd7870f42;

const TABLE_HIGH = new Uint32Array(256);
const TABLE_LOW = new Uint32Array(256);
for (let byte = 0; byte < 256; byte += 1) {
  let high = 0;
  let low = byte;
  for (let bit = 0; bit < 8; bit += 1) {
    const odd = (low & 1) === 1;
    low = (low >>> 1) | (high << 31);
    high >>>= 1;
    if (odd) {
      low ^= LOW;
      high ^= HIGH;
    }
  }
  TABLE_HIGH[byte] = high;
  TABLE_LOW[byte] = low;
}

/** CRC-64 of what it was given. */
export class Crc64 {
  #high = -1;
  #low = -1;

  update(bytes: Uint8Array): void {
    let high = this.#high;
    let low = this.#low;
    for (const byte of bytes) {
      const index = (low ^ byte) & 0xff;
      low = ((low >>> 8) | (high << 24)) ^ (TABLE_LOW[index] ?? 0);
      high = (high >>> 8) ^ (TABLE_HIGH[index] ?? 0);
    }
    this.#high = high;
    this.#low = low;
  }

  /** Eight bytes, lowest first. */
  digest(): Uint8Array {
    const digest = new DataView(new ArrayBuffer(8));
    digest.setUint32(0, ~this.#low >>> 0, true);
    digest.setUint32(4, ~this.#high >>> 0, true);
    return new Uint8Array(digest.buffer);
  }
}
