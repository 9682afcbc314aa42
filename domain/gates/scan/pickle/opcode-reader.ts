import type { ByteSource } from '#domain/gates/scan/byte-source.ts';
import { ByteWindow } from './byte-window.ts';
import type { PickleLimits } from './limits.ts';
import { type ArgumentKind, type Opcode, opcodeOf } from './opcodes.ts';
import { latin1, pythonInt, rawUnicodeEscape, unquote, utf8 } from './python-text.ts';

/** Bytes of a payload that stay in its source. */
export interface Payload {
  readonly kind: 'payload';
  /** Of its first byte, in the source. */
  readonly offset: number;
  readonly length: number;
  /** How its bytes become what Python sees. */
  readonly encoding: 'bytes' | 'latin1' | 'utf8';
  /** Its first bytes, at most 256. */
  readonly head: Uint8Array;
}

export type Argument = undefined | number | bigint | string | readonly [string, string] | Payload;

/** Why reading cannot go on. */
export interface Damage {
  readonly kind: 'truncated' | 'malformed' | 'over-limit';
  /** What is wrong, in words that follow "at byte N". */
  readonly problem: string;
}

const HEAD_BYTES = 256;
/** The longest opcode without its payload: a code and eight bytes. */
const LONGEST_FIXED = 9;

/**
 * Reads opcodes one by one, of a source of any size in bounded memory: payloads are stepped over.
 * `next` gives `more` when bytes must be fetched first, by `await load()`.
 */
export class OpcodeReader {
  /** Of the opcode read last; `position` is that of the next one. */
  offset: number;
  position: number;
  opcode: Opcode | undefined;
  argument: Argument;
  damage: Damage | undefined;
  readonly #window: ByteWindow;
  readonly #limits: PickleLimits;
  #wanted = LONGEST_FIXED;
  /** Where the argument ends, as far as `#decode` has read. */
  #cursor = 0;

  constructor(source: ByteSource, limits: PickleLimits, start = 0, end = source.size) {
    this.#window = new ByteWindow(source, end);
    this.#limits = limits;
    this.offset = start;
    this.position = start;
  }

  /** Where the source ends, which is known for sure only once it was read to there. */
  get end(): number {
    return this.#window.end;
  }

  async load(): Promise<void> {
    await this.#window.load(this.position, this.#wanted);
    this.#wanted = LONGEST_FIXED;
  }

  /** Moves on past bytes that are no opcodes. */
  skipTo(position: number): void {
    this.position = position;
  }

  next(): 'opcode' | 'more' | 'end' | 'damage' {
    if (this.position >= this.#window.end) return 'end';
    if (!this.#window.holds(this.position, 1)) return this.#more(LONGEST_FIXED);
    const code = this.#window.bytes[this.position - this.#window.start] ?? 0;
    const opcode = opcodeOf(code);
    this.offset = this.position;
    if (opcode === undefined) {
      return this.#damaged('malformed', `0x${code.toString(16).padStart(2, '0')} is no opcode`);
    }
    this.opcode = opcode;
    this.argument = undefined;
    this.#cursor = this.position + 1;
    if (opcode.argument !== 'none') {
      const outcome = this.#decode(opcode.argument);
      if (outcome !== 'opcode') return outcome;
    }
    this.position = this.#cursor;
    return 'opcode';
  }

  #decode(kind: ArgumentKind): 'opcode' | 'more' | 'damage' {
    switch (kind) {
      case 'none':
        return 'opcode';
      case 'uint1':
      case 'uint2':
      case 'uint4':
      case 'uint8':
      case 'int4':
      case 'float8':
        return this.#fixed(kind);
      case 'long1':
      case 'long4':
        return this.#long(kind);
      case 'string1':
      case 'unicode1':
      case 'bytes1':
        return this.#payload(kind, 1);
      case 'string4':
      case 'unicode4':
      case 'bytes4':
        return this.#payload(kind, 4);
      case 'unicode8':
      case 'bytes8':
        return this.#payload(kind, 8);
      default:
        return this.#lines(kind);
    }
  }

  #fixed(kind: 'uint1' | 'uint2' | 'uint4' | 'uint8' | 'int4' | 'float8') {
    const size = Number(kind.at(-1));
    const bytes = this.#take(size);
    if (bytes === undefined) return this.#short(size);
    const view = new DataView(bytes.buffer, bytes.byteOffset, size);
    if (kind === 'float8') this.argument = view.getFloat64(0);
    else if (kind === 'int4') this.argument = view.getInt32(0, true);
    else this.argument = little(bytes);
    return 'opcode';
  }

  #long(kind: 'long1' | 'long4') {
    const width = kind === 'long1' ? 1 : 4;
    const prefix = this.#take(width);
    if (prefix === undefined) return this.#short(width);
    const size = little(prefix);
    if (size > 0x7fffffff) return this.#damaged('malformed', 'the length of a number is negative');
    if (size > this.#limits.textBytes) {
      if (this.#cursor + size > this.end) return this.#short(size);
      this.argument = this.#stepOver(size, 'bytes');
      return 'opcode';
    }
    const bytes = this.#take(size);
    if (bytes === undefined) {
      this.#cursor = this.position + 1;
      return this.#short(width + size);
    }
    let value = 0n;
    for (let at = size - 1; at >= 0; at -= 1) value = (value << 8n) | BigInt(bytes[at] ?? 0);
    this.argument = compact(BigInt.asIntN(8 * size, value));
    return 'opcode';
  }

  #payload(kind: ArgumentKind, width: 1 | 4 | 8) {
    const prefix = this.#take(width);
    if (prefix === undefined) return this.#short(width);
    const size = little(prefix);
    if (kind === 'string4' && size > 0x7fffffff) {
      return this.#damaged('malformed', 'the length of a string is negative');
    }
    if (this.#cursor + size > this.end) {
      return this.#damaged('truncated', `${size} bytes are promised, which the file does not have`);
    }
    const raw = kind.startsWith('bytes');
    const kept = !raw && size <= this.#limits.textBytes ? size : Math.min(size, HEAD_BYTES);
    if (!this.#window.holds(this.#cursor, kept)) {
      return this.#more(this.#cursor - this.position + kept);
    }
    const encoding = raw ? 'bytes' : kind.startsWith('unicode') ? 'utf8' : 'latin1';
    if (kept < size || raw) {
      this.argument = this.#stepOver(size, encoding);
      return 'opcode';
    }
    const bytes = this.#take(size) ?? new Uint8Array(0);
    this.argument = encoding === 'utf8' ? utf8(bytes) : latin1(bytes);
    if (this.argument === undefined) return this.#damaged('malformed', 'a text is not UTF-8');
    return 'opcode';
  }

  #stepOver(length: number, encoding: Payload['encoding']): Payload {
    const offset = this.#cursor;
    const from = offset - this.#window.start;
    const head = this.#window.bytes.slice(from, from + Math.min(length, HEAD_BYTES));
    this.#cursor += length;
    return { kind: 'payload', offset, length, encoding, head };
  }

  #lines(kind: ArgumentKind): 'opcode' | 'more' | 'damage' {
    const first = this.#line();
    if (first === undefined) return this.#noLine();
    if (kind === 'two-lines') {
      const second = this.#line();
      if (second === undefined) return this.#noLine();
      const [module, name] = [utf8(first), utf8(second)];
      if (module === undefined || name === undefined) {
        return this.#damaged('malformed', 'the name of a global is not UTF-8');
      }
      this.argument = [module, name];
      return 'opcode';
    }
    this.argument = lineArgument(kind, latin1(first));
    if (this.argument === undefined) {
      return this.#damaged('malformed', `the argument of ${this.opcode?.name} cannot be read`);
    }
    return 'opcode';
  }

  /** The bytes up to the next line feed, which is stepped over; none when it is not in hand. */
  #line(): Uint8Array | undefined {
    const { bytes, start } = this.#window;
    const from = this.#cursor - start;
    const to = bytes.indexOf(0x0a, from);
    if (to < 0) return undefined;
    this.#cursor = start + to + 1;
    return bytes.subarray(from, to);
  }

  #noLine(): 'more' | 'damage' {
    const seen = this.#window.start + this.#window.bytes.length;
    if (seen >= this.end) return this.#damaged('truncated', 'a line does not end');
    if (seen - this.position > this.#limits.lineBytes) {
      return this.#damaged('over-limit', `a line is longer than ${this.#limits.lineBytes} bytes`);
    }
    return this.#more(2 * (seen - this.position) + LONGEST_FIXED);
  }

  #take(size: number): Uint8Array | undefined {
    if (!this.#window.holds(this.#cursor, size)) return undefined;
    const from = this.#cursor - this.#window.start;
    this.#cursor += size;
    return this.#window.bytes.subarray(from, from + size);
  }

  /** `size` bytes from the cursor on are not in hand. */
  #short(size: number): 'more' | 'damage' {
    if (this.#cursor + size > this.end) {
      return this.#damaged('truncated', `the argument of ${this.opcode?.name} is cut off`);
    }
    return this.#more(this.#cursor - this.position + size);
  }

  #more(wanted: number): 'more' | 'damage' {
    if (this.#window.reads >= this.#limits.reads) {
      return this.#damaged('over-limit', `needs more than ${this.#limits.reads} reads`);
    }
    this.#wanted = wanted;
    return 'more';
  }

  #damaged(kind: Damage['kind'], problem: string): 'damage' {
    this.damage = { kind, problem };
    return 'damage';
  }
}

/** An unsigned number, the last byte the highest; beyond 2^53 it is no longer exact. */
function little(bytes: Uint8Array): number {
  let value = 0;
  for (let at = bytes.length - 1; at >= 0; at -= 1) value = value * 256 + (bytes[at] ?? 0);
  return value;
}

const compact = (value: bigint): number | bigint =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;

function lineArgument(kind: ArgumentKind, line: string): Argument {
  switch (kind) {
    case 'string-line':
      return unquote(line);
    case 'unicode-line':
      return rawUnicodeEscape(line);
    case 'text-line':
      return line;
    case 'float-line': {
      const value = line.trim().replaceAll('_', '');
      if (/^[+-]?(inf(inity)?|nan)$/i.test(value))
        return value.startsWith('-') ? -Infinity : Infinity;
      return value === '' || Number.isNaN(Number(value)) ? undefined : Number(value);
    }
    default: {
      const digits = kind === 'long-line' ? line.replace(/L$/, '') : line;
      const value = digits === '' ? 0n : pythonInt(digits);
      return value === undefined ? undefined : compact(value);
    }
  }
}
