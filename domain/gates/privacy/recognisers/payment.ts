import { passesIban, passesLuhn } from '#domain/gates/privacy/checksums.ts';
import { allIf, type Recogniser } from '#domain/gates/privacy/recogniser.ts';

/**
 * Issuer numbers with the lengths they are given: Visa, Mastercard, American Express, Diners,
 * Discover, JCB, Maestro, UnionPay, Dankort, AirPlus and JCB's old ones.
 */
const ISSUED = new RegExp(
  [
    '4(?:\\d{15}|\\d{18})',
    '5[1-5]\\d{14}',
    '2(?:22[1-9]|2[3-9]\\d|[3-6]\\d{2}|7[01]\\d|720)\\d{12}',
    '3[47]\\d{13}',
    '3(?:0[0-59]|[689]\\d)\\d{11}(?:\\d{2})?',
    '6(?:011|4[4-9]\\d|5\\d{2})\\d{12}(?:\\d{3})?',
    '35(?:2[89]|[3-8]\\d)\\d{12}',
    '(?:5018|5020|5038|5893|6304|6759|676[1-3])\\d{12}(?:\\d{2,3})?',
    '62\\d{14}(?:\\d{2,3})?',
    '5019\\d{12}',
    '(?:1220|1800|2131)\\d{11}',
  ]
    .map((issuer) => `^${issuer}$`)
    .join('|'),
);

/** Of 14 or 15 digits one number in 200 passes by chance, of 16 and 19 one in 30: those need a word. */
const CARD =
  /(?<![\w.-])(?:\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|3\d{3}([ -])\d{6}\2\d{4,5}|\d{14,15})(?![\w-]|\.\d)/g;

const card: Recogniser = {
  kind: 'credit-card',
  pattern: CARD,
  possible: ({ digits }) => digits >= 14,
  measure: allIf((matched) => ISSUED.test(matched.replace(/\D/g, '')) && passesLuhn(matched)),
  evidence: 'alone',
  checksum: true,
};

/** Of other lengths and issuers: serial numbers and barcodes of such lengths are everywhere. */
const rareCard: Recogniser = {
  kind: 'credit-card',
  pattern: /(?<![\w.-])[1-9]\d{11,18}(?![\w-]|\.\d)/g,
  possible: ({ digits }) => digits >= 12,
  measure: allIf(passesLuhn),
  evidence: 'context',
  checksum: true,
};

/** SWIFT, IBAN registry release 101: characters of the whole number by country. */
const IBAN_LENGTHS = new Map(
  `AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18
  DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23
  IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27
  MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19
  SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30`
    .split(/\s+/)
    .map((each) => [each.slice(0, 2), Number(each.slice(2))]),
);

/** The country says how long the number is: what follows behind a blank belongs to the text. */
function measureIban(matched: string): number {
  const length = IBAN_LENGTHS.get(matched.slice(0, 2).toUpperCase());
  if (length === undefined) return 0;
  const own = new RegExp(`^(?:[ -]?[A-Za-z\\d]){${length}}(?![A-Za-z\\d])`).exec(matched)?.[0];
  if (own === undefined || (own !== own.toUpperCase() && own !== own.toLowerCase())) return 0;
  return passesIban(own.replace(/[ -]/g, '')) ? own.length : 0;
}

const iban: Recogniser = {
  kind: 'iban',
  pattern:
    /(?<![A-Za-z\d])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z\d]{4}){2,7}(?:[ -]?[A-Za-z\d]{1,3})?(?![A-Za-z\d])/g,
  possible: ({ digits, letters, length }) => digits >= 8 && letters >= 2 && length >= 15,
  measure: measureIban,
  evidence: 'alone',
};

export const PAYMENT: readonly Recogniser[] = [card, rareCard, iban];
