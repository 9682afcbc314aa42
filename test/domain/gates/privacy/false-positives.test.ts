import { describe, expect, it } from 'vitest';
import { PiiColumn } from '#domain/gates/privacy/pii-column.ts';
import { scanText } from '#domain/gates/privacy/scan-text.ts';
import { benignColumns } from './benign.ts';
import { recallByKind } from './corpus.ts';

describe('values that are nobody’s', () => {
  it('are mistaken for personal data in at most 0.5 % one by one', () => {
    const values = [...benignColumns(400, 11).values()].flat();
    const mistaken = values.filter((value) => scanText(value).length > 0);
    expect(mistaken.length / values.length).toBeLessThanOrEqual(0.005);
  });

  it('make no column of a dataset personal', () => {
    expect(columnsFound(1000, 12)).toEqual([]);
  });

  it('make no violation among the first 100 samples', () => {
    expect([1, 2, 3, 4, 5].flatMap((seed) => columnsFound(100, seed))).toEqual([]);
  });
});

it('mistakes at most 0.5 % of what only looks like a kind for it', () => {
  for (const [kind, { mistaken, lookalikes }] of recallByKind()) {
    expect(mistaken, kind).toBeLessThanOrEqual(0.005 * lookalikes);
  }
});

function columnsFound(count: number, seed: number): string[] {
  return [...benignColumns(count, seed)].flatMap(([name, values]) => {
    const column = new PiiColumn(name, 1);
    for (const value of values) column.add(value);
    return column.findings().map(({ kind }) => `${name}: ${kind}`);
  });
}
