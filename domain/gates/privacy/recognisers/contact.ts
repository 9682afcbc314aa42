import { digitsOf } from '#domain/gates/privacy/checksums.ts';
import { allIf, type Recogniser } from '#domain/gates/privacy/recogniser.ts';

/** Top-level names of files, not of hosts: `icon@2x.png`. */
const FILE_NAME = /\.(?:png|jpe?g|gif|svg|webp|css|js)$/i;

/** RFC 5322 dot-atoms without quoting, RFC 1035 labels, letters of any script. */
const email: Recogniser = {
  kind: 'email',
  pattern:
    /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}_][\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]{0,63}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,8}(?:xn--[a-z\d-]{2,59}|\p{L}{2,24})(?![\p{L}\p{N}_-])/gu,
  possible: ({ at }) => at,
  measure: allIf((matched) => !FILE_NAME.test(matched)),
  evidence: 'alone',
};

/** ITU-T E.164 country codes: single digits, pairs, and blocks of ten. */
const COUNTRY_CODE =
  /^(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|2[1-69]\d|3[578]\d|42\d|5[09]\d|6[789]\d|8[0578]\d|9[679]\d)/;
const NANP = /^1[2-9]\d{2}[2-9]\d{6}$/;
/** Ends of a number: nothing that would make it longer, an extension allowed. */
const END = '(?=$|[^\\w]|x\\d)(?!-\\d|\\.\\d)';

/** A number with a sign and a fraction, as a table holds it. */
const DECIMAL = /^\+\d+\.\d+$/;

function measureInternational(matched: string): number {
  if (DECIMAL.test(matched)) return 0;
  const digits = matched.replace(/\D/g, '').replace(/^00/, '');
  if (!digits.startsWith('1')) {
    return digits.length >= 8 && digits.length <= 15 && COUNTRY_CODE.test(digits)
      ? matched.length
      : 0;
  }
  // North America has eleven digits always: a number behind a blank is another one.
  const own = /^\D*(?:00)?\D*1(?:\D*\d){10}(?=$|[\sx])/.exec(matched)?.[0];
  return own !== undefined && NANP.test(own.replace(/\D/g, '').replace(/^00/, '')) ? own.length : 0;
}

const northAmerican = allIf((matched) => {
  const digits = digitsOf(matched).slice(-10).join('');
  return !/^.11|^.{3}.11/.test(digits);
});

const ISO_OR_LOCAL_DATE = /^(?:\d{4}[-/. ]\d{1,2}[-/. ]\d{1,2}|\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2,4})$/;

const enoughDigits = ({ digits }: { digits: number }): boolean => digits >= 6;

const phones: readonly Omit<Recogniser, 'kind' | 'possible'>[] = [
  {
    pattern: new RegExp(`(?<![\\w+.])\\+[1-9](?:[ .()/-]{0,2}\\d){6,14}${END}`, 'g'),
    measure: measureInternational,
    evidence: 'alone',
  },
  {
    pattern: new RegExp(`(?<![\\w+.-])00[1-9](?:[ .()/-]{0,2}\\d){6,14}${END}`, 'g'),
    measure: measureInternational,
    evidence: 'context',
  },
  {
    pattern: new RegExp(
      `(?<![\\w.+-])(?:1[ .-])?(?:\\([2-9]\\d\\d\\)[ -]?[2-9]\\d\\d[ .-]|[2-9]\\d\\d([.-])[2-9]\\d\\d\\1)\\d{4}${END}`,
      'g',
    ),
    measure: northAmerican,
    evidence: 'alone',
  },
  {
    // Blanks also separate the numbers of a list.
    pattern: new RegExp(
      `(?<![\\w.+-]|\\d )(?:1 )?[2-9]\\d\\d [2-9]\\d\\d \\d{4}${END}(?! \\d)`,
      'g',
    ),
    measure: northAmerican,
    evidence: 'alone',
  },
  {
    // A trunk prefix and an area code, E.123's national notation; ISBNs begin with 0 and a dash.
    pattern: new RegExp(
      `(?<![\\w.+-]|\\d )(?:\\(0[1-9]\\d{0,3}\\)[ -]?\\d{2,8}(?:[ -]\\d{2,8}){0,3}|0[1-9]\\d{0,3}([ ./-])\\d{2,8}(?:\\1\\d{2,8}){0,4})${END}(?! \\d)`,
      'g',
    ),
    measure: allIf((matched) => {
      const { length } = digitsOf(matched);
      return length >= 10 && length <= 11;
    }),
    evidence: 'alone',
  },
  {
    pattern: /(?<![\w.+-])\d{9,12}(?![\w-]|\.\d)/g,
    evidence: 'context',
  },
  {
    pattern: new RegExp(`(?<![\\w.+-])\\(?0\\d(?:[ .()/-]{0,2}\\d){6,11}${END}`, 'g'),
    evidence: 'context',
  },
  {
    pattern: new RegExp(
      `(?<![\\w.+-])\\(?[1-9]\\d{0,4}\\)?(?:[ ./-]{1,2}\\d{2,8}){1,4}${END}`,
      'g',
    ),
    measure: allIf((matched) => {
      const { length } = digitsOf(matched);
      return length >= 6 && length <= 12 && !ISO_OR_LOCAL_DATE.test(matched);
    }),
    evidence: 'context',
  },
];

export const CONTACT: readonly Recogniser[] = [
  email,
  ...phones.map((phone) => ({ ...phone, kind: 'phone' as const, possible: enoughDigits })),
];
