import type { Cursor } from '#domain/gates/scan/cursor.ts';

/** One field of a message: where its value lies, which for wire type 2 follows its length. */
export interface Field {
  readonly number: number;
  readonly wire: number;
  /** Offset of the tag. */
  readonly at: number;
  readonly start: number;
  readonly end: number;
}

const LENGTH_DELIMITED = 2;
const FIXED_BYTES: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/**
 * The fields of the message that `cursor` spans, in order; the caller may read a field's value in
 * between. Undefined ends it where the bytes are no protobuf.
 */
export async function* fieldsOf(
  cursor: Cursor,
  end: number = cursor.end,
): AsyncGenerator<Field | undefined> {
  while (cursor.at < end) {
    const at = cursor.at;
    const tag = await varint(cursor, end);
    const number = tag === undefined ? 0 : Math.floor(tag / 8);
    const wire = (tag ?? 0) % 8;
    let start = cursor.at;
    let length = FIXED_BYTES[wire];
    if (wire === 0) {
      const value = await varint(cursor, end);
      length = value === undefined ? undefined : cursor.at - start;
    } else if (wire === LENGTH_DELIMITED) {
      length = await varint(cursor, end);
      start = cursor.at;
    }
    if (number === 0 || number >= 2 ** 29 || length === undefined || start + length > end) {
      yield undefined;
      return;
    }
    yield { number, wire, at, start, end: start + length };
    cursor.at = start + length;
  }
}

async function varint(cursor: Cursor, end: number): Promise<number | undefined> {
  let value = 0;
  for (let index = 0, scale = 1; index < 10 && cursor.at < end; index += 1, scale *= 128) {
    const byte = await cursor.u8();
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
  }
  return undefined;
}
