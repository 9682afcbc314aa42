import type { Check } from '#domain/gates/verdict.ts';
import type { DataReport } from '../check-data.ts';
import type { Style } from '../output.ts';
import { mark, toned, wrap } from './text.ts';

/** The verdict, then every check: what passed in a line, the rest with its place and remedy. */
export function dataCheckView(
  { verdict, checks, profile }: DataReport,
  { colors, columns }: Style,
): string {
  const size = profile ? `  ${profile.rows} rows, ${profile.columns.length} columns` : '';
  return [
    `${mark(verdict, colors)} ${toned(verdict, colors)(verdict)}${size}`,
    ...checks.flatMap(lines),
  ].join('\n');

  function lines({ id, verdict: its, message, where }: Check): string[] {
    const name = id.replace('dataset.', '').padEnd(18);
    const [first = '', ...more] = wrap(message, columns - 24, '');
    const place = where === undefined ? [] : [where];
    return [
      `  ${mark(its, colors)} ${name}  ${first}`,
      ...[...more, ...place].map((line) => `${' '.repeat(24)}${line}`),
    ];
  }
}
