import { signaturesOf } from '#domain/gates/scan/detect.ts';
import { scanPickle } from '#domain/gates/scan/pickle/scan-pickle.ts';
import { readPickle } from '#domain/gates/scan/read-pickle.ts';
import type { Member, Reading, Scan } from '#domain/gates/scan/reading.ts';

/** Below this, no pickle calls anything. */
const LEAST_BYTES = 8;

/**
 * Judges bytes that a file keeps as a value, when they are a file of their own: a pickle, an
 * archive, a program. Undefined for all others, which nothing would load.
 */
export async function readEmbedded(member: Member, scan: Scan): Promise<Reading | undefined> {
  const { source } = member;
  if (source.size < LEAST_BYTES) return undefined;
  const [signed] = await signaturesOf(source);
  // Two bytes make a compressed file, and many arrays begin with them.
  if (signed !== undefined && !['pickle', 'packed', 'unread'].includes(signed.is)) {
    return scan.judge(member);
  }
  const [first] = await source.read(0, 1);
  const { calls, globals, pickles, coverage } = await scanPickle(source);
  const isWhole = first === 0x80 && pickles > 0 && coverage.parsed === coverage.present;
  const names = globals.some(({ module, name }) => NAME.test(module) && NAME.test(name));
  if (isWhole || (names && (pickles > 0 || calls.length > 0))) return readPickle(member, scan);
  return undefined;
}

const NAME = /^[\p{L}_][\p{L}\p{N}_.]*$/u;
