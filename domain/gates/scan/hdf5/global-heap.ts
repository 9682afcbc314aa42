import { broken, unread } from './broken.ts';
import type { Fields } from './fields.ts';
import type { Hdf5File } from './file.ts';

const MOST_BYTES = 256 * 1024 * 1024;

/** Collections of values of variable length, each read once. */
export class GlobalHeap {
  readonly #file: Hdf5File;
  readonly #collections = new Map<number, ReadonlyMap<number, Fields>>();
  #bytes = 0;

  constructor(file: Hdf5File) {
    this.#file = file;
  }

  /** The object that a reference names: a collection's address and a number in it. */
  async object(at: number, index: number): Promise<Fields> {
    const known = this.#collections.get(at) ?? (await this.#collection(at));
    this.#collections.set(at, known);
    const object = known.get(index);
    if (object === undefined) throw broken('heap', `a collection lacks object ${index}`, at);
    return object.again();
  }

  async #collection(at: number): Promise<ReadonlyMap<number, Fields>> {
    const { length } = this.#file.widths;
    const head = await this.#file.peek('a collection of values', at, 8 + length);
    const signature = String.fromCharCode(...head.take(4));
    if (signature !== 'GCOL' || head.u8() !== 1) {
      throw broken('signature', 'a collection of values is none', at);
    }
    head.skip(3);
    const size = head.length();
    this.#bytes += size;
    if (this.#bytes > MOST_BYTES) throw unread('limit', `has ${this.#bytes} bytes of values`, at);
    const fields = await this.#file.block('a collection of values', at, size);
    fields.skip(8 + length);
    const objects = new Map<number, Fields>();
    while (fields.left >= 8 + length) {
      const index = fields.u16();
      // Number 0 is the room that is left.
      if (index === 0) break;
      fields.skip(6);
      const bytes = fields.length();
      objects.set(index, fields.part(bytes));
      fields.skip(Math.min(fields.left, (8 - (bytes % 8)) % 8));
    }
    return objects;
  }
}
