import fc from 'fast-check';
import { expect, it } from 'vitest';
import { plainLine } from '#domain/audit/plain-line.ts';

it('keeps what one line may hold', () => {
  expect(plainLine('3 % errors on “Größe” – <b>, {x} & $y')).toBe(
    '3 % errors on “Größe” – <b>, {x} & $y',
  );
});

it('is one line without quotation marks, backslashes and what nobody sees', () => {
  expect(plainLine(' says "no"\r\n\tin C:\\temp\u2028\u202Enow\u0000 ')).toBe(
    "says 'no' in C:/temp now",
  );
});

it('can stand inside any JSON string as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const line = plainLine(text);
      expect(JSON.parse(`"because ${line}."`)).toBe(`because ${line}.`);
      expect(plainLine(line)).toBe(line);
      expect(line).not.toMatch(/\p{Cs}/u);
    }),
  );
});
