import type { ByteSource } from '#domain/gates/scan/byte-source.ts';
import { FormatError } from '#domain/gates/scan/format-error.ts';
import { LittleEndian } from '#domain/gates/scan/little-endian.ts';
import { Findings, type Member, type Reading } from '#domain/gates/scan/reading.ts';
import { codeIn } from '#domain/gates/scan/text/embedded-code.ts';
import {
  isArray,
  isObject,
  type JsonObject,
  type JsonValue,
  parseJson,
} from '#domain/gates/scan/text/json.ts';
import { fromUtf8 } from '#domain/signing/encoding.ts';
import { DTYPE_BITS } from './dtypes.ts';

/** Of the format itself: https://github.com/huggingface/safetensors. */
const MOST_HEADER_BYTES = 100_000_000;
const LENGTH_BYTES = 8;
const METADATA = '__metadata__';

/** Whether the first bytes are a header's length below 4 GiB and the brace that it must start with. */
export const isSafetensors = (head: Uint8Array): boolean =>
  head.length > LENGTH_BYTES &&
  head[LENGTH_BYTES] === 0x7b &&
  head.subarray(4, LENGTH_BYTES).every((byte) => byte === 0);

/** A tensor's bytes, relative to the end of the header. */
interface Stretch {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Judges a safetensors file: its header is strict JSON, and its tensors fill the rest without
 * overlap or hole. Only the header is read.
 * @throws FormatError when the header is not one.
 */
export async function readSafetensors(member: Member): Promise<Reading> {
  const { source } = member;
  const findings = new Findings(member);
  const { header, dataStart } = await headerOf(source);
  const stretches: Stretch[] = [];
  for (const [name, value] of header) {
    if (name === METADATA) addMetadataFlaws(value, findings);
    else stretches.push(stretchOf(name, value));
  }
  const known = addLayoutFlaws(stretches, source.size - dataStart, dataStart, findings);
  if (findings.checks.length === 0) {
    findings.pass('safetensors.layout', `${stretches.length} tensors fill the file exactly`);
  }
  return { format: 'safetensors', checks: findings.checks, parsed: dataStart + known };
}

async function headerOf(
  source: ByteSource,
): Promise<{ readonly header: JsonObject; readonly dataStart: number }> {
  const length = new LittleEndian(await source.read(0, LENGTH_BYTES)).u64(0);
  if (length > MOST_HEADER_BYTES || LENGTH_BYTES + length > source.size) {
    throw broken(
      'header',
      `the header claims ${length} bytes, at most ${Math.min(MOST_HEADER_BYTES, source.size - LENGTH_BYTES)} are possible`,
      0,
    );
  }
  const text = fromUtf8(await source.read(LENGTH_BYTES, length));
  if (text === undefined) throw broken('header', 'the header is not UTF-8', LENGTH_BYTES);
  const parsed = parseJson(text);
  if (!parsed.ok) {
    const { what, message, at } = parsed.problem;
    const id = what === 'duplicate' ? 'duplicate' : 'header';
    throw broken(id, `the header has ${message} at character ${at}`, LENGTH_BYTES);
  }
  if (!isObject(parsed.value)) throw broken('header', 'the header is no object', LENGTH_BYTES);
  return { header: parsed.value, dataStart: LENGTH_BYTES + length };
}

function stretchOf(name: string, value: JsonValue): Stretch {
  const shown = JSON.stringify(name.slice(0, 80));
  if (!isObject(value)) throw broken('tensor', `tensor ${shown} is described by no object`);
  const dtype = value.get('dtype');
  const bits = typeof dtype === 'string' ? DTYPE_BITS.get(dtype) : undefined;
  if (bits === undefined) {
    throw new FormatError(
      'safetensors.dtype',
      'inconclusive',
      `tensor ${shown} has dtype ${JSON.stringify(dtype)}, which is not known here; save it with a usual one`,
    );
  }
  const [shape, offsets] = [countsOf(value.get('shape')), countsOf(value.get('data_offsets'))];
  const [start, end] = offsets ?? [];
  if (shape === undefined || start === undefined || end === undefined || offsets?.length !== 2) {
    throw broken('tensor', `tensor ${shown} has no shape or no two offsets`);
  }
  if (value.size !== 3) throw broken('tensor', `tensor ${shown} has keys that the format lacks`);
  const elements = shape.reduce((product, dimension) => product * dimension, 1);
  if (!Number.isSafeInteger(elements * bits) || (elements * bits) / 8 !== end - start) {
    throw broken(
      'size',
      `tensor ${shown} of dtype ${dtype} and shape [${shape.slice(0, 16).join(', ')}] has ${end - start} bytes, its shape calls for ${(elements * bits) / 8}`,
    );
  }
  return { name, start, end };
}

/** Whole numbers from 0, as sizes and offsets are. */
function countsOf(value: JsonValue | undefined): number[] | undefined {
  if (!isArray(value)) return undefined;
  const counts = value.filter(
    (item): item is number => Number.isSafeInteger(item) && Number(item) >= 0,
  );
  return counts.length === value.length ? counts : undefined;
}

/** The bytes of data that a tensor owns; every other stretch is a finding. */
function addLayoutFlaws(
  stretches: readonly Stretch[],
  size: number,
  dataStart: number,
  findings: Findings,
): number {
  let at = 0;
  let holes = 0;
  for (const { name, start, end } of [...stretches].sort(
    (a, b) => a.start - b.start || a.end - b.end,
  )) {
    const shown = JSON.stringify(name.slice(0, 80));
    if (end > size) {
      findings.fail(
        'safetensors.bounds',
        `tensor ${shown} ends at byte ${end} of ${size}; save the file again`,
        dataStart + start,
      );
      break;
    }
    if (start < at) {
      findings.fail(
        'safetensors.overlap',
        `tensor ${shown} overlaps another; save the file again`,
        dataStart + start,
      );
    } else if (start > at) {
      holes += start - at;
      findings.fail(
        'safetensors.hole',
        `${start - at} bytes before tensor ${shown} belong to none; save the file again`,
        dataStart + at,
      );
    }
    at = Math.max(at, end);
  }
  if (at < size) {
    holes += size - at;
    findings.fail(
      'safetensors.hole',
      `${size - at} bytes at the end belong to no tensor; save the file again`,
      dataStart + at,
    );
  }
  return size - holes;
}

function addMetadataFlaws(value: JsonValue, findings: Findings): void {
  if (!isObject(value) || [...value.values()].some((item) => typeof item !== 'string')) {
    throw broken('metadata', 'its metadata is not of strings only');
  }
  for (const [key, text] of value) {
    const what = typeof text === 'string' ? codeIn(text) : undefined;
    if (what === undefined) continue;
    findings.fail(
      'metadata.code',
      `metadata ${JSON.stringify(key.slice(0, 80))} holds ${what}; save the model without it`,
    );
  }
}

const broken = (id: string, what: string, at?: number): FormatError =>
  new FormatError(`safetensors.${id}`, 'fail', `${what}; save the file again`, at);
