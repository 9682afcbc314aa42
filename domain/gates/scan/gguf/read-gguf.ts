import { Cursor } from '#domain/gates/scan/cursor.ts';
import { FormatError } from '#domain/gates/scan/format-error.ts';
import { LittleEndian } from '#domain/gates/scan/little-endian.ts';
import { Findings, type Member, type Reading } from '#domain/gates/scan/reading.ts';
import { codeIn, escapeIn } from '#domain/gates/scan/text/embedded-code.ts';
import { fromUtf8 } from '#domain/signing/encoding.ts';
import { GGML_TYPES, VALUE_BYTES } from './types.ts';

const STRING = 8;
const ARRAY = 9;
const DEFAULT_ALIGNMENT = 32;
const MOST_TENSORS = 1_000_000;
const MOST_PAIRS = 65_536;
/** A vocabulary has a string for each of its tokens. */
const MOST_ITEMS = 16_000_000;
const MOST_STRING_BYTES = 16 * 1024 * 1024;
const MOST_DIMENSIONS = 4;

interface Tensor {
  readonly name: string;
  /** Relative to the data. */
  readonly start: number;
  readonly end: number;
}

/**
 * Judges a GGUF model (version 2 or 3, https://github.com/ggml-org/ggml/blob/master/docs/gguf.md):
 * its tensors lie within the file without overlap, and no template in it leaves its sandbox.
 * @throws FormatError where the header is broken.
 */
export async function readGguf(member: Member): Promise<Reading> {
  const findings = new Findings(member);
  const cursor = new Cursor(member.source, 'gguf.truncated', 4);
  const version = await cursor.u32();
  if (version !== 2 && version !== 3) {
    throw new FormatError(
      'gguf.version',
      'inconclusive',
      `is GGUF version ${version}, of which 2 and 3 are read; convert it again`,
      4,
    );
  }
  const tensorCount = await cursor.u64();
  const pairCount = await cursor.u64();
  if (tensorCount > MOST_TENSORS || pairCount > MOST_PAIRS) {
    throw broken('header', `claims ${tensorCount} tensors and ${pairCount} metadata`, 8);
  }
  const alignment = await addPairFlaws(cursor, pairCount, findings);
  const tensors: Tensor[] = [];
  for (let index = 0; index < tensorCount; index += 1) tensors.push(await tensorAt(cursor));
  const dataStart = Math.ceil(cursor.at / alignment) * alignment;
  const known = addLayoutFlaws(tensors, dataStart, member.source.size, alignment, findings);
  if (findings.checks.length === 0) {
    findings.pass('gguf.layout', `${tensors.length} tensors within the file`);
  }
  return { format: 'GGUF model', checks: findings.checks, parsed: known };
}

/** Reads every pair of metadata; returns the alignment that they declare. */
async function addPairFlaws(cursor: Cursor, count: number, findings: Findings): Promise<number> {
  const keys = new Set<string>();
  let alignment = DEFAULT_ALIGNMENT;
  let items = 0;
  for (let index = 0; index < count; index += 1) {
    const at = cursor.at;
    const key = await stringAt(cursor);
    if (keys.has(key)) throw broken('duplicate', `has the key ${JSON.stringify(key)} twice`, at);
    keys.add(key);
    const type = await cursor.u32();
    if (key === 'general.alignment' && type === 4) {
      alignment = await cursor.u32();
      const power = alignment >= 8 && alignment <= 65_536 && (alignment & (alignment - 1)) === 0;
      if (!power) throw broken('header', `declares an alignment of ${alignment}`, at);
      continue;
    }
    items += await valueAt(cursor, type, key, findings);
    if (items > MOST_ITEMS)
      throw broken('header', `has more than ${MOST_ITEMS} metadata items`, at);
  }
  return alignment;
}

/** Steps over one value, looking at its strings; returns how many items it had. */
async function valueAt(
  cursor: Cursor,
  type: number,
  key: string,
  findings: Findings,
): Promise<number> {
  const at = cursor.at;
  if (type === STRING) {
    const text = await stringAt(cursor);
    const what = /template/.test(key) ? (escapeIn(text) ?? codeIn(text)) : codeIn(text);
    if (what !== undefined) addCode(key, what, at, findings);
    return 1;
  }
  if (type !== ARRAY) {
    const bytes = VALUE_BYTES.get(type);
    if (bytes === undefined) throw broken('header', `has metadata of type ${type}`, at);
    cursor.skip(bytes);
    return 1;
  }
  const itemType = await cursor.u32();
  const length = await cursor.u64();
  const bytes = VALUE_BYTES.get(itemType);
  if (bytes !== undefined) {
    cursor.skip(bytes * length);
    return 1;
  }
  if (itemType !== STRING || length > MOST_ITEMS) {
    throw broken('header', `has an array of ${length} items of type ${itemType}`, at);
  }
  for (let index = 0; index < length; index += 1) {
    const text = await stringAt(cursor);
    // Tokens are any text; only a template among them could be run.
    const what = text.length > 40 ? escapeIn(text) : undefined;
    if (what !== undefined) addCode(key, what, at, findings);
  }
  return length;
}

async function tensorAt(cursor: Cursor): Promise<Tensor> {
  const at = cursor.at;
  const name = await stringAt(cursor);
  const shown = JSON.stringify(name.slice(0, 80));
  const dimensions = await cursor.u32();
  if (dimensions > MOST_DIMENSIONS) {
    throw broken('tensor', `has tensor ${shown} of ${dimensions} dimensions`, at);
  }
  const view = new LittleEndian(await cursor.take(8 * dimensions));
  const shape = Array.from({ length: dimensions }, (_, index) => view.u64(8 * index));
  const type = await cursor.u32();
  const start = await cursor.u64();
  const block = GGML_TYPES.get(type);
  if (block === undefined) {
    throw new FormatError(
      'gguf.type',
      'inconclusive',
      `has tensor ${shown} of ggml type ${type}, which is not known here; convert it to a usual one`,
      at,
    );
  }
  const [elements, bytes] = block;
  const count = shape.reduce((product, dimension) => product * dimension, 1);
  const size = (count / elements) * bytes;
  if (!Number.isSafeInteger(count * bytes) || (shape[0] ?? 1) % elements !== 0) {
    throw broken('tensor', `has tensor ${shown} of an impossible shape [${shape.join(', ')}]`, at);
  }
  return { name, start, end: start + size };
}

/** Bytes whose meaning is known; what lies between tensors beyond their alignment is a finding. */
function addLayoutFlaws(
  tensors: readonly Tensor[],
  dataStart: number,
  size: number,
  alignment: number,
  findings: Findings,
): number {
  const room = size - dataStart;
  let at = 0;
  let holes = 0;
  for (const { name, start, end } of [...tensors].sort((a, b) => a.start - b.start)) {
    const shown = JSON.stringify(name.slice(0, 80));
    if (end > room) {
      findings.fail(
        'gguf.bounds',
        `tensor ${shown} ends at byte ${end} of ${Math.max(0, room)} in the data; upload the whole file again`,
        dataStart + start,
      );
      return Math.min(size, dataStart);
    }
    if (start < at || start % alignment !== 0) {
      findings.fail(
        'gguf.overlap',
        `tensor ${shown} overlaps another or is not aligned; convert the model again`,
        dataStart + start,
      );
    } else if (start - at >= alignment) {
      holes += start - at;
      addHole(start - at, dataStart + at, findings);
    }
    at = Math.max(at, end);
  }
  if (room - at >= alignment) {
    holes += room - at;
    addHole(room - at, dataStart + at, findings);
  }
  return size - holes;
}

const addHole = (bytes: number, at: number, findings: Findings): void =>
  findings.fail('gguf.hole', `${bytes} bytes belong to no tensor; convert the model again`, at);

const addCode = (key: string, what: string, at: number, findings: Findings): void =>
  findings.fail(
    'template.escape',
    `metadata ${JSON.stringify(key.slice(0, 80))} holds ${what}, which no chat template needs; convert the model again from its source`,
    at,
  );

async function stringAt(cursor: Cursor): Promise<string> {
  const at = cursor.at;
  const length = await cursor.u64();
  if (length > MOST_STRING_BYTES) throw broken('header', `has a string of ${length} bytes`, at);
  const bytes = await cursor.take(length);
  // Tokens of byte-level vocabularies need not be UTF-8; what is not text cannot be a template.
  return fromUtf8(bytes) ?? '';
}

const broken = (id: string, what: string, at: number): FormatError =>
  new FormatError(`gguf.${id}`, 'fail', `${what}; convert the model again`, at);
