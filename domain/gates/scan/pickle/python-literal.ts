/** What the header of a `.npy` file holds: text, numbers, and collections of them. */
export type Literal = string | number | boolean | null | Literal[] | { [key: string]: Literal };

const TOKEN = /\s*(?:([()[\]{},:])|'([^'\\]*)'|"([^"\\]*)"|(-?\d+)L?|(True|False|None)\b)/y;
const DEEPEST = 16;

/** Reads a Python literal of dicts, tuples, lists, plain strings and whole numbers; none when it is more. */
export function pythonLiteral(text: string): Literal | undefined {
  const tokens: (string | { readonly value: Literal })[] = [];
  TOKEN.lastIndex = 0;
  const body = text.trimEnd();
  while (TOKEN.lastIndex < body.length) {
    const match = TOKEN.exec(body);
    if (match === null) return undefined;
    const [, punctuation, single, double, number, word] = match;
    if (punctuation !== undefined) tokens.push(punctuation);
    else if (number !== undefined) tokens.push({ value: Number(number) });
    else if (word !== undefined) tokens.push({ value: word === 'None' ? null : word === 'True' });
    else tokens.push({ value: single ?? double ?? '' });
  }
  let at = 0;

  function read(depth: number): Literal | undefined {
    const token = tokens[at];
    at += 1;
    if (token === undefined || depth === 0) return undefined;
    if (typeof token !== 'string') return token.value;
    if (token === '{') return entries(depth);
    if (token === '(' || token === '[') return items(token === '(' ? ')' : ']', depth);
    return undefined;
  }

  function items(close: string, depth: number): Literal | undefined {
    const found: Literal[] = [];
    let commas = 0;
    while (tokens[at] !== close) {
      const item = read(depth - 1);
      if (item === undefined) return undefined;
      found.push(item);
      if (tokens[at] === ',') {
        commas += 1;
        at += 1;
      } else if (tokens[at] !== close) return undefined;
    }
    at += 1;
    // Parentheses around a single value are no tuple.
    return close === ')' && found.length === 1 && commas === 0 ? found[0] : found;
  }

  function entries(depth: number): Literal | undefined {
    const found: [string, Literal][] = [];
    while (tokens[at] !== '}') {
      const key = read(depth - 1);
      if (typeof key !== 'string' || tokens[at] !== ':') return undefined;
      at += 1;
      const value = read(depth - 1);
      if (value === undefined || found.some(([known]) => known === key)) return undefined;
      found.push([key, value]);
      if (tokens[at] === ',') at += 1;
      else if (tokens[at] !== '}') return undefined;
    }
    at += 1;
    return Object.fromEntries(found);
  }

  const value = read(DEEPEST);
  return at === tokens.length ? value : undefined;
}
