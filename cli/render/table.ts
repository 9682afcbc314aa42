import Table from 'cli-table3';
import type { Colors } from '../output.ts';

const NO_LINES = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left'],
    ...['bottom-right', 'left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'],
  ].map((line) => [line, '']),
);

/** Columns without lines between them, headed by bold words. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  colors: Colors,
): string {
  const drawn = new Table({
    head: head.map((title) => colors.bold(title)),
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 3 },
  });
  for (const row of rows) drawn.push([...row]);
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
