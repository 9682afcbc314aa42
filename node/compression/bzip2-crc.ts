const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte << 24;
  for (let bit = 0; bit < 8; bit += 1) rest = rest < 0 ? (rest << 1) ^ 0x04c11db7 : rest << 1;
  return rest >>> 0;
});

/** CRC-32 with its highest bit first, as bzip2 writes it; `before` is that of the bytes before. */
export function bzip2Crc(bytes: Uint8Array, length: number, before = 0): number {
  let rest = ~before;
  for (let at = 0; at < length; at += 1) {
    rest = (rest << 8) ^ (TABLE[((rest >>> 24) ^ (bytes[at] ?? 0)) & 0xff] ?? 0);
  }
  return ~rest >>> 0;
}
