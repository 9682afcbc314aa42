import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  icaoCheckDigit,
  passesIban,
  passesLuhn,
  passesMod11And10,
  passesVerhoeff,
} from '#domain/gates/privacy/checksums.ts';

const digits = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 10, maxLength: 18 });

it.each([
  ['Luhn', (each: readonly number[]) => passesLuhn(each.join(''))],
  ['Verhoeff', passesVerhoeff],
  ['MOD 11,10', passesMod11And10],
] as const)(
  'has one check digit for every number, and notices each wrong digit: %s',
  (_, passes) => {
    fc.assert(
      fc.property(digits, fc.nat(), fc.integer({ min: 1, max: 9 }), (number, place, change) => {
        const whole = [...Array(10).keys()].map((check) => [...number, check]).filter(passes);
        expect(whole).toHaveLength(1);
        const wrong = [...(whole[0] ?? [])];
        const at = place % wrong.length;
        wrong[at] = ((wrong[at] ?? 0) + change) % 10;
        expect(passes(wrong)).toBe(false);
      }),
    );
  },
);

it('agrees with the examples of ISO 7812 and ICAO 9303', () => {
  expect(passesLuhn('79927398713')).toBe(true);
  expect(passesLuhn('79927398710')).toBe(false);
  expect(icaoCheckDigit('520727')).toBe(3);
  expect(icaoCheckDigit('AB2134<<<')).toBe(5);
  expect(passesIban('GB82WEST12345698765432')).toBe(true);
});
