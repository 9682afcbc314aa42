/** Escape sequences, and marks that reverse the reading direction. */
const HIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the purpose
  /\u001b\[[0-?]*[ -/]*[@-~]|[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the purpose
const CONTROL = /[\u0000-\u001f\u007f-\u009f]+/g;

/**
 * The same value with every string in it on one line and without control characters: a comment
 * or a model's text could otherwise rewrite the screen that an approver decides by.
 */
export function printable<T>(value: T): T {
  if (typeof value === 'string') return value.replace(HIDDEN, '').replace(CONTROL, ' ') as T;
  if (Array.isArray(value)) return value.map(printable) as T;
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [printable(key), printable(item)]),
    ) as T;
  }
  return value;
}
