import * as z from 'zod/mini';
import type { TensorData } from '#domain/gates/feed.ts';
import { DATATYPES, type Datatype } from '#domain/registry/io-schema.ts';
import { elementCount, type Tensor } from '#domain/serving/tensor.ts';

/** What the two processes tell each other. */
type Message =
  /** The first that a child sends. */
  | { readonly kind: 'opened' }
  | { readonly kind: 'run'; readonly outputs: readonly string[] }
  | {
      readonly kind: 'answered';
      /** Milliseconds that the model ran; without them it was warming up. */
      readonly ms?: number | undefined;
    }
  /** The model does not open, or does not run on these inputs; in ONNX Runtime's words. */
  | { readonly kind: 'refused'; readonly said: string };

export interface Frame {
  readonly message: Message;
  readonly tensors: readonly Tensor[];
}

/** Bytes that are no frame. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** Two 32-bit lengths, little-endian: of all that follows, and of the header in it. */
export const PREFIX_BYTES = 8;
/** Requests and answers hold 4 MiB of JSON each, whose numbers take at most 4 times that here. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;
/** Tensors begin at multiples of the widest element, so that they need no copy to be read. */
const ALIGNMENT = 8;

const Header = z.strictObject({
  message: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('opened') }),
    z.strictObject({ kind: z.literal('run'), outputs: z.array(z.string()) }),
    z.strictObject({
      kind: z.literal('answered'),
      ms: z.optional(z.number().check(z.nonnegative())),
    }),
    z.strictObject({ kind: z.literal('refused'), said: z.string() }),
  ]),
  tensors: z.array(
    z.strictObject({
      name: z.string(),
      datatype: z.enum(DATATYPES),
      shape: z.array(z.int().check(z.minimum(0))),
      /** Elements of BYTES; those of any other datatype follow the header. */
      texts: z.optional(z.array(z.string())),
    }),
  ),
});

const ARRAYS = {
  BOOL: Uint8Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  FP16: Uint16Array,
  BF16: Uint16Array,
  FP32: Float32Array,
  FP64: Float64Array,
} as const satisfies Record<Exclude<Datatype, 'BYTES'>, unknown>;

/**
 * A frame as the pieces to write: both lengths, the header as JSON, then each tensor's elements as
 * they lie in memory, since both ends are on one machine.
 */
export function encodeFrame({ message, tensors }: Frame): readonly Uint8Array[] {
  const json = JSON.stringify({
    message,
    tensors: tensors.map(({ name, datatype, shape, data }) => ({
      name,
      datatype,
      shape,
      ...(Array.isArray(data) && { texts: data }),
    })),
  });
  const header = Buffer.from(json + ' '.repeat(padding(Buffer.byteLength(json))));
  const pieces = tensors.flatMap(({ data }) => (Array.isArray(data) ? [] : aligned(data)));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  const bodyBytes = pieces.reduce((sum, piece) => sum + piece.byteLength, header.byteLength);
  if (bodyBytes > MAX_BODY_BYTES) {
    throw new FrameError(`tensors of ${bodyBytes} bytes; expected at most ${MAX_BODY_BYTES}`);
  }
  prefix.writeUInt32LE(bodyBytes, 0);
  prefix.writeUInt32LE(header.byteLength, 4);
  return [prefix, header, ...pieces];
}

/** @throws FrameError when a frame is announced that neither side would send. */
export function readPrefix(prefix: Buffer): { bodyBytes: number; headerBytes: number } {
  const [bodyBytes, headerBytes] = [prefix.readUInt32LE(0), prefix.readUInt32LE(4)];
  const possible = headerBytes > 0 && headerBytes <= bodyBytes && headerBytes % ALIGNMENT === 0;
  if (!possible || bodyBytes > MAX_BODY_BYTES) {
    throw new FrameError(`a frame of ${bodyBytes} bytes whose header has ${headerBytes}`);
  }
  return { bodyBytes, headerBytes };
}

/**
 * Reads what follows a prefix; tensors share the memory of `body`.
 * @throws FrameError when it is no header and the tensors that the header tells of.
 */
export function decodeBody(body: ArrayBuffer, headerBytes: number): Frame {
  const header = Header.safeParse(parsed(Buffer.from(body, 0, headerBytes).toString()));
  if (!header.success) throw new FrameError(z.prettifyError(header.error).slice(0, 300));
  let at = headerBytes;
  const tensors = header.data.tensors.map(({ name, datatype, shape, texts }): Tensor => {
    const count = elementCount(shape);
    const refuse = (): never => {
      throw new FrameError(`tensor ${name} of shape [${shape}] lacks its elements`);
    };
    if (datatype === 'BYTES') {
      return { name, datatype, shape, data: texts?.length === count ? texts : refuse() };
    }
    const bytes = count * ARRAYS[datatype].BYTES_PER_ELEMENT;
    if (bytes > body.byteLength - at) refuse();
    const data: TensorData = new ARRAYS[datatype](body, at, count);
    at += bytes + padding(bytes);
    return { name, datatype, shape, data };
  });
  if (at !== body.byteLength) throw new FrameError(`${body.byteLength - at} bytes too many`);
  return { message: header.data.message, tensors };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const padding = (bytes: number): number => -bytes & (ALIGNMENT - 1);

function aligned({ buffer, byteOffset, byteLength }: Exclude<TensorData, string[]>): Uint8Array[] {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  const rest = padding(byteLength);
  return rest > 0 ? [bytes, new Uint8Array(rest)] : [bytes];
}
