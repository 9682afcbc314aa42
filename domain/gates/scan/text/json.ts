/** A JSON value as it stands in the text: object members in order, each key once. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export type JsonObject = ReadonlyMap<string, JsonValue>;

/** Why a text is not strict JSON (RFC 8259, distinct keys); `at` counts UTF-16 units. */
interface JsonProblem {
  readonly what: 'syntax' | 'duplicate' | 'depth';
  readonly message: string;
  readonly at: number;
}

export type ParsedJson =
  | { readonly ok: true; readonly value: JsonValue; readonly end: number }
  | { readonly ok: false; readonly problem: JsonProblem };

const MOST_DEPTH = 256;

/** Parses the whole text, but for white space after it. A key that is there twice is refused. */
export function parseJson(text: string): ParsedJson {
  const parser = new JsonParser(text);
  try {
    const value = parser.value(0);
    parser.space();
    if (parser.at < text.length) parser.stop('syntax', 'text after the value');
    return { ok: true, value, end: parser.at };
  } catch (error) {
    if (!(error instanceof JsonStop)) throw error;
    const { what, message, at } = error;
    return { ok: false, problem: { what, message, at } };
  }
}

export const isObject = (value: JsonValue | undefined): value is JsonObject => value instanceof Map;
export const isArray = (value: JsonValue | undefined): value is readonly JsonValue[] =>
  Array.isArray(value);
export const textAt = (object: JsonObject, key: string): string | undefined => {
  const value = object.get(key);
  return typeof value === 'string' ? value : undefined;
};

/** Every value within a value, itself first, with its path (`learner.attributes[0]`). */
export function* walkJson(
  value: JsonValue,
  path = '',
): Generator<readonly [value: JsonValue, path: string]> {
  yield [value, path];
  if (isObject(value)) {
    for (const [key, item] of value) yield* walkJson(item, path === '' ? key : `${path}.${key}`);
  } else if (isArray(value)) {
    for (const [index, item] of value.entries()) {
      // Numbers hold nothing to find, and weights in JSON are millions of them.
      if (typeof item !== 'number') yield* walkJson(item, `${path}[${index}]`);
    }
  }
}

class JsonStop extends Error {
  override readonly name = 'JsonStop';
  readonly what: JsonProblem['what'];
  readonly at: number;

  constructor(what: JsonProblem['what'], message: string, at: number) {
    super(message);
    this.what = what;
    this.at = at;
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;
const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);
const WORD = /true|false|null/y;

class JsonParser {
  at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): JsonValue {
    if (depth > MOST_DEPTH) this.stop('depth', `more than ${MOST_DEPTH} levels`);
    this.space();
    const first = this.#text[this.at];
    if (first === '{') return this.#object(depth);
    if (first === '[') return this.#array(depth);
    if (first === '"') return this.#string();
    const word = this.#match(WORD);
    if (word !== undefined) return WORDS.get(word) ?? null;
    const number = this.#match(NUMBER);
    if (number !== undefined) return Number(number);
    return this.stop('syntax', first === undefined ? 'the end' : `${JSON.stringify(first)}`);
  }

  space(): void {
    this.#match(SPACE);
  }

  stop(what: JsonProblem['what'], message: string): never {
    throw new JsonStop(what, message, this.at);
  }

  #object(depth: number): JsonObject {
    const members = new Map<string, JsonValue>();
    this.#take('{');
    if (this.#next('}')) return members;
    do {
      this.space();
      const keyAt = this.at;
      const key = this.#string();
      if (members.has(key)) {
        this.at = keyAt;
        this.stop('duplicate', `the key ${JSON.stringify(key.slice(0, 80))} a second time`);
      }
      this.space();
      this.#take(':');
      members.set(key, this.value(depth + 1));
    } while (this.#next(','));
    this.#take('}');
    return members;
  }

  #array(depth: number): JsonValue[] {
    const items: JsonValue[] = [];
    this.#take('[');
    if (this.#next(']')) return items;
    do items.push(this.value(depth + 1));
    while (this.#next(','));
    this.#take(']');
    return items;
  }

  #string(): string {
    const start = this.at;
    if (this.#text[start] !== '"') this.#take('"');
    let end = start;
    do end = this.#text.indexOf('"', end + 1);
    while (end > 0 && this.#isEscaped(end));
    if (end < 0) return this.stop('syntax', 'a string without an end');
    try {
      const value = JSON.parse(this.#text.slice(start, end + 1)) as string;
      this.at = end + 1;
      return value;
    } catch {
      return this.stop('syntax', 'a string with a bad escape or a control character');
    }
  }

  #isEscaped(quote: number): boolean {
    let backslashes = 0;
    while (this.#text[quote - 1 - backslashes] === '\\') backslashes += 1;
    return backslashes % 2 === 1;
  }

  #next(character: string): boolean {
    this.space();
    const found = this.#text[this.at] === character;
    if (found) this.at += 1;
    return found;
  }

  #take(character: string): void {
    if (this.#text[this.at] !== character) {
      const found = this.#text[this.at];
      const got = found === undefined ? 'the end' : JSON.stringify(found);
      this.stop('syntax', `${got} where "${character}" must stand`);
    }
    this.at += 1;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }
}
