/** A statement of a requirements file and the line that it begins on. */
export interface Line {
  readonly number: number;
  readonly text: string;
}

/** Where Python's `str.splitlines` ends a line: an editor shows some of these as one line. */
const LINE_ENDS = new Set('\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029');

const SPACES = new Set(
  '\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000',
);

/**
 * Splits a requirements file as pip does: lines that end in `\` are joined with the next, unless
 * they are comments; comments and empty lines fall away.
 */
export function requirementLines(text: string): Line[] {
  const lines: Line[] = [];
  let first = 0;
  let joined: string[] = [];
  const end = (number: number, last: string) => {
    const stripped = strip(withoutComment([...joined, last].join('')));
    if (stripped) lines.push({ number: joined.length > 0 ? first : number, text: stripped });
    joined = [];
  };
  for (const [index, line] of physicalLines(text).entries()) {
    const comment = isComment(line);
    if (line.endsWith('\\') && !comment) {
      if (joined.length === 0) first = index + 1;
      joined.push(withoutBackslashes(line));
    } else end(index + 1, comment ? ` ${line}` : line);
  }
  if (joined.length > 0) end(first, '');
  return lines;
}

/** pip follows a PEP 263 declaration: the same bytes may then say something else to it. */
export function declaredEncoding(text: string): string | undefined {
  for (const line of text.split('\n', 2)) {
    const encoding = line.startsWith('#') && /coding[:=]\s*([-\w.]+)/.exec(line)?.[1];
    if (encoding) return encoding;
  }
  return undefined;
}

function physicalLines(text: string): string[] {
  const lines: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (!LINE_ENDS.has(text[at] ?? '')) continue;
    lines.push(text.slice(start, at));
    if (text[at] === '\r' && text[at + 1] === '\n') at += 1;
    start = at + 1;
  }
  return start < text.length ? [...lines, text.slice(start)] : lines;
}

const isSpace = (character: string | undefined): boolean =>
  character !== undefined && SPACES.has(character);

function isComment(line: string): boolean {
  let at = 0;
  while (isSpace(line[at])) at += 1;
  return line[at] === '#';
}

/** A comment begins with a `#` at the start or behind a space; not by a pattern, whose time is quadratic. */
function withoutComment(line: string): string {
  let at = line.indexOf('#');
  while (at > 0 && !isSpace(line[at - 1])) at = line.indexOf('#', at + 1);
  return at < 0 ? line : line.slice(0, at);
}

/** Python's `line.strip("\\\\")`: at both ends, as pip has it. */
function withoutBackslashes(line: string): string {
  let [start, end] = [0, line.length];
  while (line[start] === '\\') start += 1;
  while (end > start && line[end - 1] === '\\') end -= 1;
  return line.slice(start, end);
}

function strip(line: string): string {
  let [start, end] = [0, line.length];
  while (start < end && isSpace(line[start])) start += 1;
  while (end > start && isSpace(line[end - 1])) end -= 1;
  return line.slice(start, end);
}
