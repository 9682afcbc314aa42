import { type ByteSource, sourceOf, stretchOf } from '#domain/gates/scan/byte-source.ts';
import type { Argument, Payload } from './opcode-reader.ts';
import type { OpcodeName } from './opcodes.ts';
import { latin1, latin1Bytes, utf8 } from './python-text.ts';

/** Bytes or a text that may be a pickle. */
export interface Candidate {
  readonly payload: Payload;
  /** Of the opcode that carries it. */
  readonly at: number;
  /** Something in the pickle loads it, rather than merely holding it. */
  readonly loaded: boolean;
}

/** A GLOBAL or INST near the start, as protocols 0 and 1 have it. */
const NAMES_EARLY = /^[\s\S]{0,16}?[ci][A-Za-z_][\w.]*\n[A-Za-z_][\w.]*\n/;
const HEAD = 256;

const startsLikeOne = (head: string): boolean =>
  (head.charCodeAt(0) === 0x80 && head.charCodeAt(1) <= 5) ||
  (head.includes('\n') && NAMES_EARLY.test(head));

const TEXTS: readonly (OpcodeName | undefined)[] = [
  'STRING',
  'BINSTRING',
  'SHORT_BINSTRING',
  'UNICODE',
  'BINUNICODE',
  'SHORT_BINUNICODE',
];

/** The argument, when it is bytes or a text that starts like a pickle. */
export function candidateIn(
  argument: Argument,
  name: OpcodeName | undefined,
  at: number,
): Candidate | undefined {
  if (typeof argument === 'string') {
    if (argument.length < 4 || !TEXTS.includes(name) || !startsLikeOne(argument.slice(0, HEAD)))
      return undefined;
    const bytes = latin1Bytes(argument);
    if (bytes === undefined) return undefined;
    const payload: Payload = {
      kind: 'payload',
      offset: -1,
      length: bytes.length,
      encoding: 'bytes',
      head: bytes,
    };
    return { payload, at, loaded: false };
  }
  if (typeof argument !== 'object' || !('kind' in argument) || argument.length < 4)
    return undefined;
  const head = latin1(argument.head);
  const text = argument.encoding === 'utf8' ? head.replace(/^\xc2\x80/, '\x80') : head;
  return startsLikeOne(text) ? { payload: argument, at, loaded: false } : undefined;
}

const MOST_TEXT_BYTES = 64 * 1024 * 1024;

/** The bytes Python would see; none for a text that is no Latin-1, or too long to be decoded. */
export async function contentsOf(
  { offset, length, encoding, head }: Payload,
  source: ByteSource,
): Promise<ByteSource | undefined> {
  if (offset < 0) return sourceOf(head);
  const stretch = stretchOf(source, offset, length);
  if (encoding !== 'utf8') return stretch;
  if (length > MOST_TEXT_BYTES) return undefined;
  const text = utf8(await stretch.read(0, length));
  const bytes = text === undefined ? undefined : latin1Bytes(text);
  return bytes === undefined ? undefined : sourceOf(bytes);
}
