import {
  decimalMod,
  digitsOf,
  icaoCheckDigit,
  passesMod11And10,
  passesVerhoeff,
  weighted,
} from '#domain/gates/privacy/checksums.ts';
import { allIf, type Recogniser } from '#domain/gates/privacy/recogniser.ts';
import { passesCodiceFiscale } from './codice-fiscale.ts';

/** Numbers that were printed in advertisements, and the one everybody makes up. */
const NEVER_ISSUED = new Set(['078051120', '219099999', '123456789', '987654321']);

const ssn = allIf((matched) => !NEVER_ISSUED.has(matched.replace(/\D/g, '')));

/** NHS Data Dictionary: weights 10 to 2, modulo 11; 10 is never issued. */
const nhs = allIf((matched) => {
  const digits = digitsOf(matched);
  const check = (11 - (weighted(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 11;
  return check === digits[9] && new Set(digits).size > 1;
});

/** BZSt: of the first ten digits at most one occurs again, and that twice more at most. */
const steuerId = allIf((matched) => {
  const digits = digitsOf(matched);
  const first = digits.slice(0, 10);
  const counts = [...new Set(first)].map((digit) => first.filter((each) => each === digit).length);
  const repeated = counts.filter((count) => count > 1);
  return repeated.length <= 1 && Math.max(...counts) <= 3 && passesMod11And10(digits);
});

/** VKVV § 4: the letter as two digits; the digits of each product are summed. */
const versicherungsnummer = allIf((matched) => {
  const letter = String(matched.toUpperCase().charCodeAt(8) - 64).padStart(2, '0');
  const digits = digitsOf(matched.slice(0, 8) + letter + matched.slice(9, 11));
  const sum = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1].reduce((total, weight, index) => {
    const product = weight * (digits[index] ?? 0);
    return total + Math.floor(product / 10) + (product % 10);
  }, 0);
  return sum % 10 === Number(matched.at(-1));
});

/** INSEE: 97 less the number modulo 97; Corsica's departments 2A and 2B count as 19 and 18. */
const nir = allIf((matched) => {
  const compact = matched.replace(/\s/g, '').toUpperCase().replace('2A', '19').replace('2B', '18');
  return 97 - decimalMod(compact.slice(0, 13), 97) === Number(compact.slice(13));
});

/** Orden EHA/451/2008: the letter of the number modulo 23; NIE's X, Y, Z count as 0, 1, 2. */
const nif = allIf((matched) => {
  const compact = matched.replace(/-/g, '').toUpperCase();
  const number = compact.slice(0, -1).replace(/^[XYZ]/, (each) => String('XYZ'.indexOf(each)));
  return 'TRWAGMYFPDXBNJZSQVHLCKE'[Number(number) % 23] === compact.at(-1) && Number(number) > 0;
});

/** The month carries the century: 1 to 12 and 20, 40, 60, 80 more. */
const pesel = allIf((matched) => {
  const digits = digitsOf(matched);
  const month = Number(matched.slice(2, 4)) % 20;
  const day = Number(matched.slice(4, 6));
  const sum = weighted(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]);
  return month >= 1 && month <= 12 && day >= 1 && day <= 31 && sum % 10 === 0;
});

const aadhaar = allIf((matched) => {
  const digits = digitsOf(matched);
  return passesVerhoeff(digits) && digits.join('') !== [...digits].reverse().join('');
});

const personalausweis = allIf(
  (matched) => icaoCheckDigit(matched.slice(0, 8).toUpperCase()) === Number(matched[8]),
);

const digitsFrom =
  (least: number): Recogniser['possible'] =>
  ({ digits }) =>
    digits >= least;
const lettersToo =
  (least: number): Recogniser['possible'] =>
  ({ digits, letters }) =>
    digits >= least && letters >= 1;

/**
 * A check of one character is passed by chance one time in 10 to 23: alone it counts only where
 * the shape is seldom anything else.
 */
export const NATIONAL_IDS: readonly Recogniser[] = [
  {
    kind: 'us-ssn',
    pattern:
      /(?<![\w.-]|\d )(?!000|666|9)\d{3}([-. ])(?!00)\d{2}\1(?!0000)\d{4}(?![\w-]|\.\d| \d)/g,
    possible: ({ digits, length }) => digits >= 9 && length >= 11,
    measure: ssn,
    evidence: 'alone',
  },
  {
    kind: 'us-ssn',
    pattern: /(?<![\w.-])(?!000|666|9)\d{3}-?(?!00)\d{2}-?(?!0000)\d{4}(?![\w-]|\.\d)/g,
    possible: digitsFrom(9),
    measure: ssn,
    evidence: 'context',
  },
  {
    kind: 'uk-nhs',
    pattern: /(?<![\w.+-]|\d )\d{3}([ -])\d{3}\1\d{4}(?![\w-]|\.\d| \d)/g,
    possible: ({ digits, length }) => digits >= 10 && length >= 12,
    measure: nhs,
    evidence: 'context',
    checksum: true,
  },
  {
    kind: 'uk-nhs',
    pattern: /(?<![\w.+-])\d{10}(?![\w-]|\.\d)/g,
    possible: digitsFrom(10),
    measure: nhs,
    evidence: 'context',
    checksum: true,
  },
  {
    kind: 'de-tax-id',
    pattern: /(?<![\w.+-])[1-9]\d(?:\d{9}| \d{3} \d{3} \d{3})(?![\w-]|\.\d)/g,
    possible: digitsFrom(11),
    measure: steuerId,
    evidence: 'context',
    checksum: true,
  },
  {
    kind: 'de-social-security',
    pattern:
      /(?<![\w.-])\d{2}(?:0[1-9]|[12]\d|3[01]|5[1-9]|[67]\d|8[01])(?:0[1-9]|1[0-2])\d{2}[A-Za-z]\d{3}(?![\w-])/g,
    possible: lettersToo(11),
    measure: versicherungsnummer,
    evidence: 'alone',
    checksum: true,
  },
  {
    kind: 'de-id-card',
    pattern: /(?<![\w.-])[CFGHJKLMNPRTVWXYZ][\dCFGHJKLMNPRTVWXYZ]{7}\d(?![\w-])/gi,
    possible: lettersToo(1),
    measure: personalausweis,
    evidence: 'context',
    checksum: true,
  },
  {
    kind: 'fr-nir',
    pattern:
      /(?<![\w.-]|\d )[12378]( ?)\d{2}\1(?:0[1-9]|1[0-2]|20|3\d|4[0-2]|[5-9]\d)\1(?:\d{2}|2[ABab])\1\d{3}\1\d{3}\1\d{2}(?![\w-]|\.\d| \d)/g,
    possible: digitsFrom(14),
    measure: nir,
    evidence: 'alone',
    checksum: true,
  },
  {
    kind: 'es-nif',
    pattern: /(?<![\w.-])(?:[XYZ]-?\d{7}|\d{7,8})-?[A-HJ-NP-TV-Z](?![\w-])/gi,
    possible: lettersToo(7),
    measure: nif,
    evidence: 'context',
    checksum: true,
  },
  {
    kind: 'it-fiscal-code',
    pattern:
      /(?<![\w.-])[A-Z]{6}[\dLMNP-V]{2}[ABCDEHLMPRST][\dLMNP-V]{2}[A-Z][\dLMNP-V]{3}[A-Z](?![\w-])/gi,
    possible: ({ letters, length }) => letters >= 9 && length >= 16,
    measure: allIf(passesCodiceFiscale),
    evidence: 'alone',
    checksum: true,
  },
  {
    kind: 'pl-pesel',
    pattern: /(?<![\w.+-])\d{11}(?![\w-]|\.\d)/g,
    possible: digitsFrom(11),
    measure: pesel,
    evidence: 'context',
    checksum: true,
  },
  {
    kind: 'in-aadhaar',
    pattern: /(?<![\w.+-]|\d )[2-9]\d{3}([ :-])\d{4}\1\d{4}(?![\w:-]|\.\d| \d)/g,
    possible: ({ digits, length }) => digits >= 12 && length >= 14,
    measure: aadhaar,
    evidence: 'context',
    checksum: true,
  },
  {
    kind: 'in-aadhaar',
    pattern: /(?<![\w.+-])[2-9]\d{11}(?![\w-]|\.\d)/g,
    possible: digitsFrom(12),
    measure: aadhaar,
    evidence: 'context',
    checksum: true,
  },
];
