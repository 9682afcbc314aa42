/** Bounds on judging one artifact; what lies beyond them stays unread and is inconclusive. */
export interface ScanLimits {
  /** Archives within archives. */
  readonly depth: number;
  /** Members of all archives together. */
  readonly entries: number;
  /** Bytes of one unpacked member, which is held in memory. */
  readonly memberBytes: number;
  /** Bytes unpacked in all. */
  readonly unpackedBytes: number;
  /** Unpacked over packed bytes of one member above 16 MB; deflate cannot exceed 1032. */
  readonly ratio: number;
  /** Bytes of one JSON, YAML or text document, read whole. */
  readonly textBytes: number;
  /** Bytes of a stored member that are read to compare its CRC; larger ones are left to hashes. */
  readonly crcBytes: number;
}

export const SCAN_LIMITS: ScanLimits = {
  depth: 5,
  entries: 100_000,
  memberBytes: 256 * 1024 * 1024,
  unpackedBytes: 2 * 1024 * 1024 * 1024,
  ratio: 250,
  textBytes: 64 * 1024 * 1024,
  crcBytes: 8 * 1024 * 1024,
};
