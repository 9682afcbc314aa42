/** What a text is made of, counted in one pass, to spare it the patterns it cannot match. */
export interface Traits {
  readonly length: number;
  readonly digits: number;
  readonly letters: number;
  readonly colons: number;
  readonly dots: number;
  readonly dashes: number;
  readonly at: boolean;
}

export function traitsOf(text: string): Traits {
  let [digits, letters, colons, dots, dashes] = [0, 0, 0, 0, 0];
  let at = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code >= 48 && code <= 57) digits++;
    else if ((code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code > 127) letters++;
    else if (code === 58) colons++;
    else if (code === 46) dots++;
    else if (code === 45) dashes++;
    else if (code === 64) at = true;
  }
  return { length: text.length, digits, letters, colons, dots, dashes, at };
}

/** Digits that the shortest date of birth needs: 1.1.80. */
const FEWEST_DIGITS = 4;

/** A number as a table holds it: sign, digits, fraction, exponent. Too short to identify anybody. */
const SMALL_NUMBER = /^[+-]?(?:\d{1,7}|\d{0,7}\.\d{1,20})(?:[eE][+-]?\d{1,3})?$/;

/** Whether no recogniser can find anything, by the cheapest test there is. */
export const isPlain = (text: string, { digits, letters, length }: Traits): boolean =>
  length < 2 || (letters === 0 && digits < FEWEST_DIGITS) || SMALL_NUMBER.test(text);
