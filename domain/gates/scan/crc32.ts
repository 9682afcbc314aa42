const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});

/** CRC-32 of ISO 3309 as ZIP and XZ write it, of bytes that come in pieces. */
export class Crc32 {
  #rest = 0xffffffff;

  update(bytes: Uint8Array): void {
    let rest = this.#rest;
    for (const byte of bytes) rest = (TABLE[(rest ^ byte) & 0xff] ?? 0) ^ (rest >>> 8);
    this.#rest = rest;
  }

  /** Unsigned. */
  get value(): number {
    return (this.#rest ^ 0xffffffff) >>> 0;
  }
}

export function crc32(bytes: Uint8Array): number {
  const crc = new Crc32();
  crc.update(bytes);
  return crc.value;
}
