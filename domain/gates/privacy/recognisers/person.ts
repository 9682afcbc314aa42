import { icaoCheckDigit } from '#domain/gates/privacy/checksums.ts';
import { allIf, type Recogniser } from '#domain/gates/privacy/recogniser.ts';

/** ICAO 9303 part 4, second line: number, birth and expiry, each with its check digit. */
const MRZ = /(?<![A-Z\d<])[A-Z\d<]{9}\d[A-Z<]{3}\d{7}[MFX<]\d{7}[A-Z\d<]{14}[\d<]\d(?![A-Z\d<])/g;
const passesMrz = (line: string): boolean =>
  [
    [0, 9],
    [13, 19],
    [21, 27],
  ].every(([from = 0, to = 0]) => icaoCheckDigit(line.slice(from, to)) === Number(line[to]));

/** Letters and digits as issued in most countries: eight or nine, most of them digits. */
const PASSPORT =
  /(?<![\w.-])(?:\d{9}|[A-Za-z]\d{7,8}|[A-Za-z]{2}\d{6,7}|[A-Za-z]{3}\d{6}|\d{2}[A-Za-z]{2}\d{5}|[CFGHJKLMNPRTVWXYZ][\dCFGHJKLMNPRTVWXYZ]{7}\d)(?![\w-]|\.\d)/g;

const MONTH =
  '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|januar|februar|märz|mai|juni|juli|okt|dez)[a-z]{0,7}\\.?';
const DAY = '(?:3[01]|[12]\\d|0?[1-9])';
const MONTH_NUMBER = '(?:1[0-2]|0?[1-9])';
const YEAR = '(?:1[89]|20)\\d{2}';
const DATES = [
  `${YEAR}([-/.])${MONTH_NUMBER}\\1${DAY}`,
  `${DAY}([-/.])${MONTH_NUMBER}\\2(?:${YEAR}|\\d{2})`,
  `${MONTH_NUMBER}([-/.])${DAY}\\3(?:${YEAR}|\\d{2})`,
  `${DAY}(?:st|nd|rd|th)?[-. ]{1,2}(?:of )?${MONTH}[-, ]{1,2}(?:${YEAR}|\\d{2})`,
  `${MONTH}[- ]${DAY}(?:st|nd|rd|th)?,?[- ]${YEAR}`,
  `${YEAR}(?:1[0-2]|0[1-9])(?:3[01]|[12]\\d|0[1-9])`,
];

const STREET =
  '(?:street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|way|place|pl|square|sq|terrace|crescent|close|highway|hwy|parkway|pkwy|circle)';
const WORD = "[\\p{L}\\d.'’-]{1,30}";
const ADDRESSES = [
  `\\d{1,6}[a-z]?(?:-\\d{1,5})?,? (?:${WORD} ){1,5}${STREET}\\b`,
  `\\d{1,5},? ?(?:bis|ter)?,? (?:rue|avenue|boulevard|place|chemin|allée|impasse|quai) `,
  `(?:${WORD} ){0,3}\\p{L}{2,30}(?:straße|strasse|str\\.|weg|platz|allee|gasse|damm|ufer|ring)(?: |-)\\d{1,4}`,
  `(?:calle|avenida|avda\\.|paseo|plaza|via|viale|piazza|corso|ul\\.|ulica|aleja|al\\.) (?:${WORD} ){0,4}${WORD},? (?:n[º°.]? ?)?\\d{1,4}`,
  'p\\.? ?o\\.? box \\d{1,6}',
];

const NAME = /^\p{L}[\p{L}\p{M}'’.-]{0,39}(?:,? \p{L}[\p{L}\p{M}'’.-]{0,39}){0,4}$/gu;

export const PERSON: readonly Recogniser[] = [
  {
    kind: 'passport',
    pattern: MRZ,
    possible: ({ length }) => length >= 44,
    measure: allIf(passesMrz),
    evidence: 'alone',
  },
  {
    kind: 'passport',
    pattern: PASSPORT,
    possible: ({ digits }) => digits >= 1,
    evidence: 'context',
  },
  {
    kind: 'date-of-birth',
    pattern: new RegExp(`(?<![\\w.-])(?:${DATES.join('|')})(?!\\d|[-/.]\\d)`, 'gi'),
    possible: ({ digits }) => digits >= 4,
    evidence: 'context',
  },
  {
    kind: 'street-address',
    pattern: new RegExp(`(?<![\\p{L}\\d.-])(?:${ADDRESSES.join('|')})`, 'giu'),
    possible: ({ digits, letters }) => digits >= 1 && letters >= 3,
    evidence: 'context',
  },
  {
    // Where the column says address, words with a number are one in any language.
    kind: 'street-address',
    pattern: /^(?=.{5,200}$)(?=.*\d)(?=.*\p{L}{3})(?=\S+\s)[\p{L}\p{M}\d\s.,'’/#()º°-]+$/gsu,
    possible: ({ digits, letters, length }) => digits >= 1 && letters >= 3 && length <= 200,
    evidence: 'context',
    columnOnly: true,
  },
  {
    kind: 'person-name',
    pattern: NAME,
    possible: ({ letters, digits, length }) => letters >= 2 && digits === 0 && length <= 160,
    evidence: 'context',
    columnOnly: true,
  },
];
