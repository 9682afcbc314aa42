import type { Gate } from '../api-schemas.ts';
import type { Colors } from '../output.ts';

type Verdict = Gate['verdict'];

const MARKS: Readonly<Record<Verdict, string>> = {
  pass: '✓',
  inconclusive: '?',
  error: '!',
  fail: '✗',
};

export const mark = (verdict: Verdict, colors: Colors): string =>
  toned(verdict, colors)(MARKS[verdict]);

export function toned(verdict: Verdict, colors: Colors): (text: string) => string {
  if (verdict === 'pass') return colors.green;
  return verdict === 'inconclusive' ? colors.yellow : colors.red;
}

/** `12 checks`, or `2 fail, 1 error of 14 checks`. */
export function counted({ pass, inconclusive, error, fail }: Gate['counts']): string {
  const total = pass + inconclusive + error + fail;
  const checks = `${total} check${total === 1 ? '' : 's'}`;
  const bad = [
    ...(fail > 0 ? [`${fail} fail`] : []),
    ...(error > 0 ? [`${error} error`] : []),
    ...(inconclusive > 0 ? [`${inconclusive} inconclusive`] : []),
  ];
  return bad.length > 0 ? `${bad.join(', ')} of ${checks}` : checks;
}

/** `2026-03-01 14:02:11 UTC`. */
export const utc = (iso: string): string => {
  const time = Date.parse(iso);
  if (Number.isNaN(time)) return iso;
  return `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
};

/** Each with the length from which on it is used: approvals of three days are told in hours. */
const UNITS: readonly (readonly [name: string, ms: number, fromMs: number])[] = [
  ['d', 86_400_000, 4 * 86_400_000],
  ['h', 3_600_000, 2 * 3_600_000],
  ['min', 60_000, 2 * 60_000],
  ['s', 1000, 0],
];

/** `3 min`, `71 h`. */
export function span(ms: number): string {
  const [name, unit] = UNITS.find(([, , fromMs]) => ms >= fromMs) ?? ['s', 1000];
  return `${Math.max(0, Math.floor(ms / unit))} ${name}`;
}

export const ago = (iso: string, now: number): string => `${span(now - Date.parse(iso))} ago`;

/** `933 B`, `27.1 MB` (powers of ten, as S3's bill counts). */
export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  const power = Math.min(4, Math.floor(Math.log10(count) / 3));
  return `${(count / 1000 ** power).toFixed(1)} ${['B', 'kB', 'MB', 'GB', 'TB'][power]}`;
}

export const seconds = (ms: number | undefined): string =>
  ms === undefined ? '' : `${(ms / 1000).toFixed(1)} s`;

/** A measured value, short enough for a line. */
export function shown(value: unknown): string {
  if (typeof value === 'number') return String(Number(value.toPrecision(6)));
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return cut(text, 60);
}

export const cut = (text: string, width: number): string =>
  text.length > width ? `${text.slice(0, width - 1)}…` : text;

/** Breaks at spaces, each line behind `indent`. */
export function wrap(text: string, columns: number, indent: string): string[] {
  const width = Math.max(20, columns - indent.length);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line && line.length + 1 + word.length > width) {
      lines.push(indent + line);
      line = word;
    } else {
      line = line ? `${line} ${word}` : word;
    }
  }
  return line ? [...lines, indent + line] : lines;
}
