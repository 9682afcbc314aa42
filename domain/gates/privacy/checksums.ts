/** Digits as numbers, anything else left out. */
export const digitsOf = (text: string): number[] => [...text.replace(/\D/g, '')].map(Number);

/** ISO/IEC 7812-1 annex B. */
export function passesLuhn(text: string): boolean {
  let sum = 0;
  digitsOf(text)
    .reverse()
    .forEach((digit, index) => {
      const doubled = index % 2 === 1 ? digit * 2 : digit;
      sum += doubled > 9 ? doubled - 9 : doubled;
    });
  return sum % 10 === 0;
}

/** A decimal number of any length modulo a small one. */
export const decimalMod = (digits: string, modulus: number): number => {
  let rest = 0;
  for (const digit of digits) rest = (rest * 10 + Number(digit)) % modulus;
  return rest;
};

/** ISO 13616: the first four characters behind the others, letters as 10 to 35, modulo 97 is 1. */
export const passesIban = (compact: string): boolean =>
  decimalMod(
    [...(compact.slice(4) + compact.slice(0, 4))].map((each) => parseInt(each, 36)).join(''),
    97,
  ) === 1;

export const weighted = (digits: readonly number[], weights: readonly number[]): number =>
  weights.reduce((sum, weight, index) => sum + weight * (digits[index] ?? 0), 0);

/** ISO 7064 MOD 11,10 over all digits, the check digit last. */
export function passesMod11And10(digits: readonly number[]): boolean {
  let product = 10;
  for (const digit of digits.slice(0, -1)) {
    const sum = (digit + product) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return (11 - product) % 10 === digits.at(-1);
}

const DIHEDRAL = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
  [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
  [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
  [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
  [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
  [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
  [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
  [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
  [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
];
const PERMUTED = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
  [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
  [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
  [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
  [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
  [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
  [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
];

/** Verhoeff (1969), the check digit last. */
export const passesVerhoeff = (digits: readonly number[]): boolean =>
  digits.reduceRight((check, digit, index) => {
    const permuted = PERMUTED[(digits.length - 1 - index) % 8]?.[digit] ?? 0;
    return DIHEDRAL[check]?.[permuted] ?? 0;
  }, 0) === 0;

/** ICAO 9303 part 3: weights 7, 3, 1; letters as 10 to 35, the filler `<` as 0. */
export const icaoCheckDigit = (text: string): number =>
  [...text].reduce((sum, each, index) => {
    const value = each === '<' ? 0 : parseInt(each, 36);
    return sum + value * ([7, 3, 1][index % 3] ?? 0);
  }, 0) % 10;
