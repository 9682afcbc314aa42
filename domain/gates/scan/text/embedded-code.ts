/**
 * What a Jinja template needs to leave its sandbox, or to reach into Python at all. Chat templates
 * of good faith use none of it (CVE-2024-34359 is such a template in a GGUF file).
 */
const TEMPLATE_ESCAPES: readonly (readonly [RegExp, string])[] = [
  [/__[a-z]+__/, 'a double-underscore attribute'],
  [/\battr\s*\(/, 'the filter attr()'],
  [/\bformat_map\s*\(/, 'format_map()'],
  [/\b(?:lipsum|cycler|joiner|url_for|get_flashed_messages)\b/, 'a global of Jinja or Flask'],
  [/\b(?:os|subprocess|builtins|importlib)\s*\.\s*\w+\s*\(/, "a call into Python's modules"],
  [/\{%-?\s*(?:include|import|from|extends)\b/, 'a template that loads another'],
];
const CODE: readonly (readonly [RegExp, string])[] = [
  [/\b(?:eval|exec|__import__|compile)\s*\(/, 'a call that runs code'],
  [
    /\b(?:os\s*\.\s*(?:system|popen|exec\w*)|subprocess\s*\.\s*\w+)\s*\(/,
    'a call that starts a program',
  ],
  [/<script\b/i, 'a script for browsers'],
  [/(?:^|["'\s])javascript:/i, 'a script for browsers'],
];

/** What lets a Jinja template reach beyond its data; undefined for other texts and harmless ones. */
export function escapeIn(text: string): string | undefined {
  if (!text.includes('{{') && !text.includes('{%')) return undefined;
  return TEMPLATE_ESCAPES.find(([pattern]) => pattern.test(text))?.[1];
}

/** What in a string is code that no model's metadata needs; undefined for a harmless one. */
export const codeIn = (text: string): string | undefined =>
  escapeIn(text) ?? CODE.find(([pattern]) => pattern.test(text))?.[1];
