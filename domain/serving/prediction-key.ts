import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { TensorData } from '#domain/gates/feed.ts';
import type { Digest } from '#domain/registry/digest.ts';
import type { Datatype } from '#domain/registry/io-schema.ts';
import type { Tensor } from './tensor.ts';

/** What an answer depends on; whatever differs in it is another answer. */
export interface Question {
  readonly digest: Digest;
  readonly inputs: readonly Tensor[];
  /** Names of the outputs asked for, in the order of the answer. */
  readonly outputs: readonly string[];
  /** Version of whatever turns requests into inputs. */
  readonly preprocessing: string;
}

/** Takes the parts of a message in turn, as HMACs of Node and of noble both do. */
interface Mac {
  update(bytes: Uint8Array): unknown;
}

/**
 * Key of a cached answer, 64 hex digits: HMAC-SHA256 under the tenant's key, so that keys neither
 * meet between tenants nor tell what was asked. Ask it of normalised inputs.
 */
export function predictionKey(tenantKey: Uint8Array, question: Question): string {
  const mac = hmac.create(sha256, tenantKey);
  writeQuestion(mac, question);
  return bytesToHex(mac.digest());
}

/**
 * Writes a question into a MAC. Text is UTF-8; each text, list and tensor comes after its length as
 * a 64-bit little-endian integer, so that no two questions write the same bytes. Inputs come by
 * name, whatever their order in the request; elements are little-endian, as the host's are.
 */
export function writeQuestion(mac: Mac, question: Question): void {
  const { digest, inputs, outputs, preprocessing } = question;
  writeText(mac, 'assay.prediction-key/v1');
  writeText(mac, digest);
  writeText(mac, preprocessing);
  writeLength(mac, inputs.length);
  for (const { name, datatype, shape, data } of [...inputs].sort(byName)) {
    writeText(mac, name);
    writeText(mac, datatype);
    writeLength(mac, shape.length);
    for (const size of shape) writeLength(mac, size);
    writeLength(mac, data.length);
    if (Array.isArray(data)) for (const text of data) writeText(mac, text);
    else mac.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  writeLength(mac, outputs.length);
  for (const name of outputs) writeText(mac, name);
}

/** Names are told apart by code unit, not by anybody's alphabet. */
const byName = (a: Tensor, b: Tensor): number => (a.name < b.name ? -1 : Number(a.name > b.name));

function writeText(mac: Mac, text: string): void {
  const bytes = asciiBytes(text) ?? utf8ToBytes(text);
  writeLength(mac, bytes.length);
  mac.update(bytes);
}

/** Names mostly are ASCII, which takes a quarter of an encoder's time. */
function asciiBytes(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x80) return undefined;
    bytes[i] = code;
  }
  return bytes;
}

function writeLength(mac: Mac, length: number): void {
  const bytes = new Uint8Array(8);
  for (let rest = length, i = 0; rest > 0; i++) {
    bytes[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  mac.update(bytes);
}

/**
 * Inputs with one zero and one NaN: −0 becomes 0, and every NaN the quiet one of its width. The
 * model must be asked with what is returned, or a cached answer may differ from a fresh one, as
 * 1 / −0 does from 1 / 0.
 */
export const normalised = (inputs: readonly Tensor[]): readonly Tensor[] =>
  inputs.map((input) => {
    const data = normalisedData(input.datatype, input.data);
    return data === input.data ? input : { ...input, data };
  });

/** Sign bits above an infinity's bits are NaN; the sign bit alone is −0. */
const NARROW = {
  FP16: { sign: 0x8000, infinity: 0x7c00, nan: 0x7e00 },
  BF16: { sign: 0x8000, infinity: 0x7f80, nan: 0x7fc0 },
} as const;

function normalisedData(datatype: Datatype, data: TensorData): TensorData {
  if (data instanceof Float32Array || data instanceof Float64Array) {
    if (!data.some((value) => Number.isNaN(value) || Object.is(value, -0))) return data;
    // Adding 0 turns −0 into 0; a NaN that is written is the engine's quiet one.
    return data.map((value) => (Number.isNaN(value) ? Number.NaN : value + 0));
  }
  if (!(data instanceof Uint16Array) || (datatype !== 'FP16' && datatype !== 'BF16')) return data;
  const { sign, infinity, nan } = NARROW[datatype];
  return data.map((bits) => {
    if ((bits & ~sign & 0xffff) > infinity) return nan;
    return bits === sign ? 0 : bits;
  });
}
