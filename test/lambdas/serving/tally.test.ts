import { describe, expect, it } from 'vitest';
import type { Measures } from '../../../lambdas/metrics.ts';
import { Tally } from '../../../lambdas/serving/tally.ts';

type Line = readonly [Record<string, string>, Measures, Record<string, string>?];

const written = (fill: (tally: Tally) => void, times = 1): Line[] => {
  const lines: Line[] = [];
  const tally = new Tally();
  fill(tally);
  for (let i = 0; i < times; i++) tally.write('acme', 'risk', (...line) => lines.push(line));
  return lines;
};

describe('Tally', () => {
  it('writes nothing of a request that went as usual', () => {
    expect(written(() => undefined)).toEqual([]);
  });

  it('writes one line for each version, with its units, once', () => {
    const lines = written((tally) => {
      tally.add('1.0.0', 'LoadTime', 120);
      tally.add('1.0.0', 'SessionMemory', 85_000_000);
      tally.add('2.0.0', 'Fallback');
      tally.add('2.0.0', 'Fallback');
    }, 2);
    expect(lines).toEqual([
      [
        { Tenant: 'acme', Model: 'risk' },
        {
          LoadTime: { value: 120, unit: 'Milliseconds' },
          SessionMemory: { value: 85_000_000, unit: 'Bytes' },
        },
        { version: '1.0.0' },
      ],
      [
        { Tenant: 'acme', Model: 'risk' },
        { Fallback: { value: 2, unit: 'Count' } },
        { version: '2.0.0' },
      ],
    ]);
  });
});
