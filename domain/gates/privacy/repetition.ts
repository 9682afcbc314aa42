import { RECOGNISERS } from './recognisers.ts';
import { wilson } from './wilson.ts';

/** Kinds with a checksum. */
export const CHECKED = new Set(RECOGNISERS.filter((each) => each.checksum).map(({ kind }) => kind));

/** So many different numbers pass a checksum of one digit by chance once in 10^5. */
export const ENOUGH = 5;

/**
 * What a checksum says about values of one shape: that they are of its kind, when most pass; that
 * they are something else, when most fail; or nothing.
 *
 * @param different values that pass, up to `ENOUGH`
 */
export function saidByChecksum(
  passed: number,
  shaped: number,
  different: number,
): 'kind' | 'other' | 'nothing' {
  const passing = wilson(passed, shaped);
  if (passing.lower > 0.5 && different >= ENOUGH) return 'kind';
  return passing.upper < 0.5 ? 'other' : 'nothing';
}
