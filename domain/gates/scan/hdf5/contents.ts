import { unread } from './broken.ts';
import type { Datatype } from './datatype.ts';
import { Fields } from './fields.ts';
import type { GlobalHeap } from './global-heap.ts';

/** A text, or bytes that could be anything, within the values of an attribute or a dataset. */
export interface Content {
  readonly is: 'text' | 'bytes';
  readonly bytes: Uint8Array;
}

const MOST_VALUES = 2_000_000;

/** Whether values of a type can hold texts or bytes; numbers hold nothing to find. */
export const holdsContent = (type: Datatype): boolean =>
  isByte(type) ||
  ['string', 'opaque', 'vlen'].includes(type.class) ||
  (type.class === 'array' && type.base !== undefined && holdsContent(type.base)) ||
  (type.members ?? []).some((member) => holdsContent(member.type));

/** Whole numbers of one byte: an array of them is how bytes are usually kept. */
export const isByte = (type: Datatype): boolean =>
  (type.class === 'integer' || type.class === 'bitfield') && type.size === 1;

/** Every text and run of bytes in `count` values; a value of variable length once, whoever names it. */
export async function* contentsOf(
  type: Datatype,
  values: Fields,
  count: number,
  heap: Heaped,
): AsyncGenerator<Content> {
  if (!holdsContent(type) || count === 0) return;
  if (isByte(type) || type.class === 'opaque') {
    yield { is: 'bytes', bytes: values.take(count * type.size) };
    return;
  }
  if (type.class === 'array' && type.base !== undefined) {
    yield* contentsOf(type.base, values, count * (type.count ?? 0), heap);
    return;
  }
  for (let left = count; left > 0; left -= 1) {
    heap.count();
    const value = values.part(type.size);
    if (type.class === 'string') {
      yield { is: 'text', bytes: value.bytes };
    } else if (type.class === 'vlen') {
      yield* heap.contentsAt(value, type);
    } else {
      for (const member of type.members ?? []) {
        const part = new Fields(
          value.bytes.subarray(member.offset, member.offset + member.type.size),
          value.start + member.offset,
          value.widths,
        );
        yield* contentsOf(member.type, part, 1, heap);
      }
    }
  }
}

/** Values of variable length, which lie in the global heap. */
export class Heaped {
  readonly #heap: GlobalHeap;
  readonly #seen = new Set<string>();
  #values = 0;

  constructor(heap: GlobalHeap) {
    this.#heap = heap;
  }

  /** One more value was read. @throws FormatError beyond the limit. */
  count(): void {
    this.#values += 1;
    if (this.#values > MOST_VALUES) throw unread('limit', `has more than ${MOST_VALUES} texts`);
  }

  async *contentsAt(reference: Fields, { isText, base }: Datatype): AsyncGenerator<Content> {
    const length = reference.u32();
    const at = reference.address();
    const index = reference.u32();
    if (length === 0 || at === undefined || at === 0 || base === undefined) return;
    const object = await this.#heap.object(at, index);
    // Exactly so, since each object is judged once, whatever refers to it.
    if (length * (isText ? 1 : base.size) !== object.left) {
      throw object.broken('heap', `a value of ${length} elements has ${object.left} bytes`);
    }
    const key = `${at}:${index}:${isText}:${base.class}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    if (isText) yield { is: 'text', bytes: object.bytes };
    else yield* contentsOf(base, object, length, this);
  }
}
