import { createHmac, timingSafeEqual } from 'node:crypto';
import {
  decodeBody,
  encodeFrame,
  FrameError,
  PREFIX_BYTES,
  readPrefix,
} from '../isolated/frame.ts';
import type { KeptAnswer } from './kept-answer.ts';

/** Of all that follows it; another one is unreadable, and so a miss. */
const FORMAT = 1;
const MAC_BYTES = 32;
const MAC_AT = 1;
const EXPIRY_AT = MAC_AT + MAC_BYTES;
const FRAME_AT = EXPIRY_AT + 8;
const BODY_AT = FRAME_AT + PREFIX_BYTES;

/**
 * An answer as bytes that only this tenant's key makes, and only for this question: a format byte,
 * an HMAC-SHA256 of all the rest, the expiry as a 64-bit float, and the tensors as one frame.
 */
export function sealAnswer(
  tenantKey: Uint8Array,
  key: string,
  { outputs, expiresAt }: KeptAnswer,
): Buffer {
  const frame = encodeFrame({ message: { kind: 'answered' }, tensors: outputs });
  const head = Buffer.alloc(FRAME_AT);
  head.writeUInt8(FORMAT, 0);
  head.writeDoubleLE(expiresAt, EXPIRY_AT);
  const sealed = Buffer.concat([head, ...frame]);
  macOf(tenantKey, key, sealed).copy(sealed, MAC_AT);
  return sealed;
}

/** Undefined when the bytes are not what this tenant once sealed for this question. */
export function openAnswer(
  tenantKey: Uint8Array,
  key: string,
  sealed: Buffer,
): KeptAnswer | undefined {
  if (sealed.length < BODY_AT || sealed[0] !== FORMAT) return undefined;
  const mac = sealed.subarray(MAC_AT, EXPIRY_AT);
  if (!timingSafeEqual(mac, macOf(tenantKey, key, sealed))) return undefined;
  try {
    const { headerBytes } = readPrefix(sealed.subarray(FRAME_AT, BODY_AT));
    // A copy: the client's buffer is part of a larger one, and elements must lie aligned.
    const body = new ArrayBuffer(sealed.length - BODY_AT);
    sealed.copy(new Uint8Array(body), 0, BODY_AT);
    const { tensors } = decodeBody(body, headerBytes);
    return { outputs: tensors, expiresAt: sealed.readDoubleLE(EXPIRY_AT) };
  } catch (error) {
    // Sealed by a release with other datatypes.
    if (error instanceof FrameError) return undefined;
    throw error;
  }
}

/** The label tells it from the MACs that are keys; the key's length is fixed. */
const macOf = (tenantKey: Uint8Array, key: string, sealed: Buffer): Buffer =>
  createHmac('sha256', tenantKey)
    .update('assay.prediction-value/v1\0')
    .update(key)
    .update(sealed.subarray(EXPIRY_AT))
    .digest();
