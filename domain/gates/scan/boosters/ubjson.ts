import { Cursor } from '#domain/gates/scan/cursor.ts';
import { FormatError } from '#domain/gates/scan/format-error.ts';
import type { Member } from '#domain/gates/scan/reading.ts';
import type { JsonValue } from '#domain/gates/scan/text/json.ts';
import { fromUtf8 } from '#domain/signing/encoding.ts';

const MOST_DEPTH = 64;
const MOST_STRING_BYTES = 16 * 1024 * 1024;
const MOST_VALUES = 50_000_000;

/** Bytes of the types of a fixed width. */
const WIDTH: Readonly<Record<string, number>> = {
  i: 1,
  U: 1,
  I: 2,
  u: 2,
  l: 4,
  m: 4,
  L: 8,
  M: 8,
  d: 4,
  D: 8,
  C: 1,
  Z: 0,
  N: 0,
  T: 0,
  F: 0,
};

/** Whether the first bytes open an object whose first key has a length: `{` and an integer's type. */
export const isUbjson = (head: Uint8Array): boolean =>
  head[0] === 0x7b &&
  'iUIlLmuM'.includes(String.fromCharCode(head[1] ?? 0x20)) &&
  (head[2] ?? 0x20) < 0x20;

/**
 * The structure of a UBJSON document (draft 12, https://ubjson.org); numbers in it are stepped
 * over and read as 0. @throws FormatError where it is none, or has bytes after its end.
 */
export async function parseUbjson({ source }: Member): Promise<JsonValue> {
  const parser = new UbjsonParser(new Cursor(source, 'ubjson.truncated'));
  const value = await parser.value(await parser.type(), 0);
  if (parser.cursor.at < source.size) {
    throw malformed(`${source.size - parser.cursor.at} bytes after its end`, parser.cursor.at);
  }
  return value;
}

class UbjsonParser {
  readonly cursor: Cursor;
  #values = 0;

  constructor(cursor: Cursor) {
    this.cursor = cursor;
  }

  async type(): Promise<string> {
    return String.fromCharCode(await this.cursor.u8());
  }

  async value(type: string, depth: number): Promise<JsonValue> {
    const { cursor } = this;
    this.#values += 1;
    if (depth > MOST_DEPTH || this.#values > MOST_VALUES) {
      throw new FormatError(
        'ubjson.limit',
        'inconclusive',
        `has more than ${MOST_DEPTH} levels or ${MOST_VALUES} values; save the model as JSON`,
        cursor.at,
      );
    }
    if (type === 'S' || type === 'H') return this.#string();
    if (type === '{') return this.#object(depth);
    if (type === '[') return this.#array(depth);
    const width = WIDTH[type];
    if (width === undefined) throw malformed(`the type ${JSON.stringify(type)}`, cursor.at - 1);
    cursor.skip(width);
    return type === 'T' ? true : type === 'F' ? false : type === 'Z' ? null : 0;
  }

  async #object(depth: number): Promise<JsonValue> {
    const members = new Map<string, JsonValue>();
    const { type, count, next } = await this.#container();
    let first = next;
    for (let index = 0; count === undefined || index < count; index += 1) {
      let lengthType = first ?? (await this.type());
      first = undefined;
      while (lengthType === 'N') lengthType = await this.type();
      if (count === undefined && lengthType === '}') break;
      const key = await this.#text(await this.#integer(lengthType));
      if (members.has(key))
        throw malformed(`the key ${JSON.stringify(key.slice(0, 80))} twice`, this.cursor.at);
      members.set(key, await this.value(type ?? (await this.type()), depth + 1));
    }
    return members;
  }

  async #array(depth: number): Promise<JsonValue> {
    const { type, count, next } = await this.#container();
    const width = type === undefined ? undefined : WIDTH[type];
    if (count !== undefined && width !== undefined) {
      this.cursor.skip(width * count);
      return [];
    }
    const items: JsonValue[] = [];
    let first = next;
    for (let index = 0; count === undefined || index < count; index += 1) {
      const itemType = first ?? type ?? (await this.type());
      first = undefined;
      if (count === undefined && itemType === ']') break;
      const item = await this.value(itemType, depth + 1);
      if (typeof item !== 'number') items.push(item);
    }
    return items;
  }

  /** `$type` and `#count` of a container, or the byte that was read in search of them. */
  async #container(): Promise<{ type?: string; count?: number; next?: string }> {
    let next = await this.type();
    let type: string | undefined;
    if (next === '$') {
      type = await this.type();
      next = await this.type();
      if (next !== '#') throw malformed('a typed container without a count', this.cursor.at);
    }
    if (next !== '#') return { next };
    const count = await this.#integer(await this.type());
    return { count, ...(type !== undefined && { type }) };
  }

  async #string(): Promise<string> {
    return this.#text(await this.#integer(await this.type()));
  }

  async #text(length: number): Promise<string> {
    if (length > MOST_STRING_BYTES) throw malformed(`a string of ${length} bytes`, this.cursor.at);
    const text = fromUtf8(await this.cursor.take(length));
    if (text === undefined) throw malformed('a string that is not UTF-8', this.cursor.at);
    return text;
  }

  /** A length or count, big-endian. */
  async #integer(type: string): Promise<number> {
    const width = 'iUIulmLM'.includes(type) ? WIDTH[type] : undefined;
    if (width === undefined)
      throw malformed(`the length type ${JSON.stringify(type)}`, this.cursor.at);
    const bytes = await this.cursor.take(width);
    const signed = 'iIlL'.includes(type) && (bytes[0] ?? 0) > 0x7f;
    const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
    if (signed || value > Number.MAX_SAFE_INTEGER)
      throw malformed('an impossible length', this.cursor.at);
    return value;
  }
}

const malformed = (what: string, at: number): FormatError =>
  new FormatError('ubjson.malformed', 'fail', `has ${what}; save the model again`, at);
