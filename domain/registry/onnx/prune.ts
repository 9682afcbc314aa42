import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import type { OnnxLimits } from './limits.ts';
import { OnnxError } from './onnx-error.ts';
import { type RangeReader, SlidingWindow } from './range-reader.ts';

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;
/** A tag and a value or length, the most a step needs at once: two varints of 10 bytes. */
const LONGEST_HEAD = 20;
/** Lengths are written as varints padded to 4 bytes, since they are known only afterwards. */
const LENGTH_BYTES = 4;
const LARGEST_LENGTH = 2 ** (7 * LENGTH_BYTES) - 1;

/** The metadata of a file: a serialised message without the fields its schema does not list. */
export interface Pruned {
  readonly bytes: Uint8Array;
  readonly reads: number;
  readonly bytesRead: number;
}

/**
 * Copies from a protobuf file the fields that `schema` lists and steps over all others unread.
 * @throws OnnxError when the file is no well-formed message, ends early, or exceeds `limits`.
 */
export async function prune(
  reader: RangeReader,
  schema: DescMessage,
  limits: OnnxLimits,
): Promise<Pruned> {
  const pruner = new Pruner(reader, limits);
  await pruner.message(schema, 0, reader.size, 0);
  const { reads, bytesRead } = pruner.window;
  return { bytes: pruner.kept(), reads, bytesRead };
}

class Pruner {
  readonly window: SlidingWindow;
  readonly #limits: OnnxLimits;
  #fields = 0;
  #keptFields = 0;
  #out = new Uint8Array(4096);
  #length = 0;
  /** File offset of the next byte to parse. */
  #at = 0;

  constructor(reader: RangeReader, limits: OnnxLimits) {
    this.window = new SlidingWindow(reader, limits.reads);
    this.#limits = { ...limits, metadataBytes: Math.min(limits.metadataBytes, LARGEST_LENGTH) };
  }

  kept(): Uint8Array {
    return this.#out.subarray(0, this.#length);
  }

  async message(schema: DescMessage, start: number, end: number, depth: number): Promise<void> {
    if (depth > this.#limits.depth) throw overLimit('depth', this.#limits.depth, start);
    const fields = fieldsOf(schema);
    this.#at = start;
    while (this.#at < end) {
      const head = Math.min(LONGEST_HEAD, end - this.#at);
      if (!this.window.holds(this.#at, head)) await this.window.load(this.#at, head);
      this.#fields += 1;
      if (this.#fields > this.#limits.fields) {
        throw overLimit('fields', this.#limits.fields, this.#at);
      }
      const tagAt = this.#at;
      const tag = this.#varint(end, depth);
      const number = Math.floor(tag / 8);
      const wire = tag % 8;
      if (number === 0 || number >= 2 ** 29) throw malformed(`field number ${number}`, tagAt);
      const field = fields.get(number);
      const valueAt = this.#at;
      let valueEnd: number;
      if (wire === VARINT) {
        this.#varint(end, depth);
        valueEnd = this.#at;
      } else if (wire === BYTES) {
        const length = this.#varint(end, depth);
        valueEnd = this.#at + length;
      } else if (wire === FIXED64 || wire === FIXED32) {
        valueEnd = this.#at + (wire === FIXED64 ? 8 : 4);
      } else {
        throw malformed(`wire type ${wire} of field ${number}`, tagAt);
      }
      if (valueEnd > end) throw overrun(field?.name ?? `field ${number}`, valueEnd, end, depth);
      if (field === undefined) {
        this.#at = valueEnd;
        continue;
      }
      this.#keep(field, wire, tagAt);
      this.#writeVarint(tag);
      if (field.message !== undefined) {
        const mark = this.#length;
        this.#reserve(LENGTH_BYTES);
        await this.message(field.message, this.#at, valueEnd, depth + 1);
        this.#patchLength(mark);
      } else {
        await this.#copy(valueAt, valueEnd, wire === BYTES ? this.#at : valueAt, field);
      }
      this.#at = valueEnd;
    }
  }

  /** Counts a field that will become an object, and checks that it is written as its type is. */
  #keep(field: DescField, wire: number, at: number): void {
    const bytesWanted = field.message !== undefined || field.scalar === ScalarType.STRING;
    const packed = !bytesWanted && wire === BYTES && field.fieldKind === 'list';
    if (wire !== (bytesWanted ? BYTES : VARINT) && !packed) {
      throw malformed(`wire type ${wire} of ${field.name}`, at);
    }
    this.#count(1, at);
  }

  #count(fields: number, at: number): void {
    this.#keptFields += fields;
    if (this.#keptFields > this.#limits.keptFields) {
      throw overLimit('keptFields', this.#limits.keptFields, at);
    }
  }

  /** Copies `from`..`end`; the field's own bytes start at `content`, after its length. */
  async #copy(from: number, end: number, content: number, field: DescField): Promise<void> {
    const length = end - content;
    if (length > this.#limits.fieldBytes) {
      throw new OnnxError(
        'over-limit',
        `${field.name} at byte ${from} has ${length} bytes, at most ${this.#limits.fieldBytes} are read`,
      );
    }
    // A packed list becomes up to one object for each of its bytes.
    if (field.fieldKind === 'list' && field.scalar !== ScalarType.STRING) this.#count(length, from);
    if (!this.window.holds(from, end - from)) await this.window.load(from, end - from);
    const at = from - this.window.start;
    const bytes = this.window.bytes.subarray(at, at + end - from);
    const to = this.#length;
    this.#reserve(bytes.length);
    this.#out.set(bytes, to);
  }

  #varint(end: number, depth: number): number {
    const { bytes, start } = this.window;
    let value = 0;
    let scale = 1;
    for (let index = 0; index < 10; index += 1) {
      if (this.#at >= end) throw overrun('a number', this.#at + 1, end, depth);
      const byte = bytes[this.#at - start] ?? 0;
      this.#at += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw malformed('a number longer than 10 bytes', this.#at);
  }

  #writeVarint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.#push((rest % 128) | 0x80);
      rest = Math.floor(rest / 128);
    }
    this.#push(rest);
  }

  #push(byte: number): void {
    const at = this.#length;
    this.#reserve(1);
    this.#out[at] = byte;
  }

  #patchLength(mark: number): void {
    const length = this.#length - mark - LENGTH_BYTES;
    for (let index = 0; index < LENGTH_BYTES; index += 1) {
      const more = index < LENGTH_BYTES - 1 ? 0x80 : 0;
      this.#out[mark + index] = ((length >> (7 * index)) & 0x7f) | more;
    }
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed > this.#limits.metadataBytes) {
      throw overLimit('metadataBytes', this.#limits.metadataBytes, this.#at);
    }
    if (needed > this.#out.length) {
      const grown = new Uint8Array(Math.max(needed, this.#out.length * 2));
      grown.set(this.#out);
      this.#out = grown;
    }
    this.#length = needed;
  }
}

const byNumber = new WeakMap<DescMessage, ReadonlyMap<number, DescField>>();

function fieldsOf(schema: DescMessage): ReadonlyMap<number, DescField> {
  const known = byNumber.get(schema);
  if (known !== undefined) return known;
  const fields = new Map(schema.fields.map((field) => [field.number, field]));
  byNumber.set(schema, fields);
  return fields;
}

const malformed = (what: string, at: number): OnnxError =>
  new OnnxError(
    'malformed',
    `not an ONNX file: ${what} at byte ${at} is not valid; export the model to ONNX again`,
  );

const overLimit = (limit: keyof OnnxLimits, most: number, at: number): OnnxError =>
  new OnnxError('over-limit', `over the limit at byte ${at}: ${limit} may be at most ${most}`);

/** Only the outermost message ends with the file; within it a length is right or the file is not ONNX. */
const overrun = (what: string, wanted: number, end: number, depth: number): OnnxError =>
  depth > 0
    ? malformed(`${what} that runs past its message's end`, end)
    : new OnnxError(
        'truncated',
        `truncated at byte ${end}: ${what} needs bytes up to ${wanted}; upload the whole file again`,
      );
