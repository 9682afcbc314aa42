import type { ScanReport } from '#domain/gates/scan/scan-artifact.ts';
import type { Check } from '#domain/gates/verdict.ts';
import type { Style } from '../output.ts';
import { bytes, mark, toned, wrap } from './text.ts';

/** Findings shown; the rest is in the JSON. */
const SHOWN = 50;

/** The verdict, what it rests on, and each finding with its place and remedy, worst first. */
export function scanView(
  { verdict, checks, coverage, members }: ScanReport,
  { colors, columns }: Style,
): string {
  const found = checks.filter((check) => check.verdict !== 'pass');
  const rest = found.length - SHOWN;
  const { parsed, present } = coverage;
  return [
    `${mark(verdict, colors)} ${toned(verdict, colors)(verdict)}  ${members.length} files and members, ${bytes(parsed)} of ${bytes(present)} understood (${share(parsed, present)})`,
    ...found.slice(0, SHOWN).flatMap((check) => lines(check, columns)),
    ...(rest > 0 ? [`  and ${rest} more; see --json`] : []),
  ].join('\n');

  function lines({ id, verdict: its, message, where = '' }: Check, width: number): string[] {
    return [
      `  ${mark(its, colors)} ${toned(its, colors)(its.padEnd(12))}  ${id.padEnd(24)}  ${where}`,
      ...wrap(message, width, '      '),
    ];
  }
}

/** Never rounded up to all of it. */
const share = (parsed: number, present: number): string =>
  present === 0 ? '100 %' : `${Math.floor((1000 * parsed) / present) / 10} %`;
