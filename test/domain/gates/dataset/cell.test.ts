import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellReader, WRONG } from '#domain/gates/dataset/cell.ts';
import type { ColumnType } from '#domain/gates/dataset/contract.ts';
import { Hash64 } from '#domain/gates/dataset/hash.ts';
import { parseDecimal } from '#domain/gates/feed.ts';

const read = (type: ColumnType, text: string) => cellReader(type, new Hash64(1))(text);

describe('cellReader', () => {
  it('reads the numbers that an evaluation set may hold, and no others', () => {
    const nearly = fc.stringMatching(/^[+-]?[0-9a-fxob._]{1,6}([eE][+-]?[0-9]{1,3})?$/);
    const texts = fc.oneof(nearly, fc.double().map(String), fc.constantFrom('NaN', 'nan', '0x1f'));
    fc.assert(
      fc.property(texts, (text) => {
        const value = parseDecimal(text);
        const expected = value === undefined || Math.abs(value) === Infinity ? WRONG : value;
        expect(read('number', text)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['integer', '12', 12],
    ['integer', '-3.0', -3],
    ['integer', '1.5', WRONG],
    ['integer', 'twelve', WRONG],
    ['number', '1e999', WRONG],
    ['number', '-Infinity', WRONG],
    ['number', '1,5', WRONG],
    ['boolean', 'True', 1],
    ['boolean', '0', 0],
    ['boolean', 'yes', WRONG],
    ['timestamp', '1970-01-02', 86_400],
    ['timestamp', 'yesterday', WRONG],
  ] as const)('reads %s "%s" as %s', (type, text, value) => {
    expect(read(type, text)).toBe(value);
  });

  it('tells texts apart, and gives equal texts one number', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (a, b) => {
        expect(read('category', a) === read('category', b)).toBe(a === b);
        expect(Number.isSafeInteger(read('text', a))).toBe(true);
      }),
    );
  });
});
