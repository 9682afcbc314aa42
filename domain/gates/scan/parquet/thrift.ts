/** A value of Thrift's compact protocol; what nobody asks about is skipped as `undefined`. */
export type Thrift = number | Uint8Array | ThriftStruct | readonly Thrift[] | undefined;
export type ThriftStruct = ReadonlyMap<number, Thrift>;

const STOP = 0;
const [TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT] = [
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
] as const;
const DEEPEST = 32;
/** Fields and items; a footer has about twenty for each column of each row group. */
const MOST_VALUES = 4_000_000;

/**
 * Reads a struct of Thrift's compact protocol, whole.
 * Source: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 * @returns undefined where the bytes are no such struct, or go on after it
 */
export function readThrift(bytes: Uint8Array): ThriftStruct | undefined {
  const reader = new CompactReader(bytes);
  const struct = reader.struct(0);
  return reader.ok && reader.at === bytes.length ? struct : undefined;
}

class CompactReader {
  at = 0;
  ok = true;
  readonly #bytes: Uint8Array;
  #values = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  struct(depth: number): ThriftStruct {
    const fields = new Map<number, Thrift>();
    if (depth > DEEPEST) this.ok = false;
    for (let id = 0; this.ok; ) {
      const header = this.#byte();
      if (header === STOP || !this.ok) break;
      const delta = header >> 4;
      id = delta === 0 ? this.#zigzag() : id + delta;
      const type = header & 0x0f;
      fields.set(id, type === TRUE || type === FALSE ? undefined : this.#value(type, depth));
    }
    return fields;
  }

  #value(type: number, depth: number): Thrift {
    this.#values += 1;
    if (this.#values > MOST_VALUES) this.ok = false;
    if (!this.ok) return undefined;
    switch (type) {
      case TRUE:
      case FALSE:
      case BYTE:
        return this.#byte();
      case I16:
      case I32:
      case I64:
        return this.#zigzag();
      case DOUBLE:
        this.#take(8);
        return undefined;
      case BINARY:
        return this.#take(this.#varint());
      case LIST:
      case SET:
        return this.#list(depth);
      case MAP:
        return this.#map(depth);
      case STRUCT:
        return this.struct(depth + 1);
      default:
        this.ok = false;
        return undefined;
    }
  }

  #list(depth: number): readonly Thrift[] {
    const header = this.#byte();
    const size = header >> 4 === 15 ? this.#varint() : header >> 4;
    const items: Thrift[] = [];
    for (let index = 0; index < size && this.ok; index += 1) {
      items.push(this.#value(header & 0x0f, depth + 1));
    }
    return items;
  }

  #map(depth: number): undefined {
    const size = this.#varint();
    const types = size === 0 ? 0 : this.#byte();
    for (let index = 0; index < size && this.ok; index += 1) {
      this.#value(types >> 4, depth + 1);
      this.#value(types & 0x0f, depth + 1);
    }
  }

  #take(length: number): Uint8Array {
    const from = this.at;
    if (length > this.#bytes.length - from) this.ok = false;
    if (this.ok) this.at += length;
    return this.#bytes.subarray(from, this.at);
  }

  #byte(): number {
    return this.#take(1)[0] ?? 0;
  }

  /** Exact up to 2^53, beyond which no offset within a file lies. */
  #varint(): number {
    let value = 0;
    for (let shift = 0; shift < 10 && this.ok; shift += 1) {
      const byte = this.#byte();
      value += (byte & 0x7f) * 2 ** (7 * shift);
      if (byte < 0x80) return value;
    }
    this.ok = false;
    return 0;
  }

  #zigzag(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
