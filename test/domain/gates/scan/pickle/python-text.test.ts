import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pythonLiteral } from '#domain/gates/scan/pickle/python-literal.ts';
import {
  latin1,
  latin1Bytes,
  pythonInt,
  rawUnicodeEscape,
  unquote,
  utf8,
} from '#domain/gates/scan/pickle/python-text.ts';

test('UTF-8 is read as Node reads it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
      let expected: string | undefined;
      try {
        expected = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
      } catch {
        // A surrogate is the one thing that Python's `surrogatepass` reads and Node does not.
        if (bytes.includes(0xed)) return;
      }
      expect(utf8(bytes)).toBe(expected);
    }),
    { numRuns: 2000 },
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(utf8(new TextEncoder().encode(text))).toBe(text);
    }),
  );
});

test('Latin-1 comes back as it went', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(latin1Bytes(latin1(bytes))).toEqual(bytes);
    }),
  );
  expect(latin1Bytes('\u0100')).toBeUndefined();
});

describe('a whole number', () => {
  test.each([
    ['12', 12n],
    [' -1_000 ', -1000n],
    ['0x1F', 31n],
    ['+7', 7n],
    ['3\0x', 3n],
    ['1__0', undefined],
    ['_1', undefined],
    ['1.0', undefined],
    ['', undefined],
    ['12a', undefined],
  ])('%j is %s', (line, value) => {
    expect(pythonInt(line)).toBe(value);
  });
});

describe('a quoted string', () => {
  test.each([
    [`'a'`, 'a'],
    [`"a'b"`, "a'b"],
    [`'\\x6f\\163'`, 'os'],
    [`'\\q'`, '\\q'],
    [`'\\x6'`, undefined],
    [`'a`, undefined],
    [`'`, undefined],
    ['a', undefined],
  ])('%s is %s', (line, value) => {
    expect(unquote(line)).toBe(value);
  });
});

describe('a raw unicode text', () => {
  test.each([
    ['\\u006fs', 'os'],
    ['\\\\u006f', '\\\\u006f'],
    ['\\U0001f600', '\u{1f600}'],
    ['\\u00', undefined],
    ['\\U00110000', undefined],
    ['\\x41', '\\x41'],
  ])('%s is %s', (line, value) => {
    expect(rawUnicodeEscape(line)).toBe(value);
  });
});

describe('a literal of a NumPy header', () => {
  test.each([
    [
      "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }",
      { descr: '<f8', fortran_order: false, shape: [3, 4] },
    ],
    [
      "[('a', '<f4'), ('b', '|O', (2,))]",
      [
        ['a', '<f4'],
        ['b', '|O', [2]],
      ],
    ],
    ['(3)', 3],
    ['(3,)', [3]],
    ['()', []],
    ['{}', {}],
    ['None', null],
    ["{'a': 1, 'a': 2}", undefined],
    ['open("x")', undefined],
    ["'a\\x41'", undefined],
    ['[1 2]', undefined],
    ['[1', undefined],
    ['1 2', undefined],
    [`${'['.repeat(50)}${']'.repeat(50)}`, undefined],
  ])('%s', (text, value) => {
    expect(pythonLiteral(text)).toEqual(value);
  });
});
