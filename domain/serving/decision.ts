import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import * as z from 'zod/mini';
import type { Digest } from '#domain/registry/digest.ts';
import { ModelName, Tenant } from '#domain/registry/subject.ts';
import { CANDIDATE_TRIAL } from '#domain/rollout/traffic.ts';
import { Name } from './routing/route-document.ts';

/** An experiment's id, or a rollout's trial by the digest that it tries. */
const Trial = z.string().check(z.regex(/^(?:[a-z0-9][a-z0-9._-]{0,39}|candidate\/[0-9a-f]{16})$/));
const Count = z.int().check(z.nonnegative());

/** Who was assigned to what: all that an outcome, known later, has to be counted by. */
export const Decision = z.strictObject({
  tenant: Tenant,
  model: ModelName,
  /** Of the route that was decided by. */
  generation: Count,
  trial: Trial,
  arm: Name,
  /** From `unitOf`. */
  unit: z.string().check(z.regex(/^[0-9a-f]{32}$/)),
  by: z.enum(['user', 'request']),
  /** Milliseconds since the epoch. */
  at: Count,
});
export type Decision = Readonly<z.infer<typeof Decision>>;

/** A rollout's trial in decisions: units of a later rollout, of another version, count anew. */
export const candidateTrial = (digest: Digest): string =>
  `${CANDIDATE_TRIAL}/${digest.slice(0, 16)}`;

/** The name that `Traffic` counts a decision's trial under. */
export const trafficName = (trial: string): string =>
  trial.startsWith(`${CANDIDATE_TRIAL}/`) ? CANDIDATE_TRIAL : trial;

/**
 * A user or a request without its name, 32 hex digits: the same for the same id, under the
 * tenant's key, so that nobody without it can try names out.
 */
export const unitOf = (key: Uint8Array, id: string): string =>
  bytesToHex(hmac(sha256, key, utf8ToBytes(`unit\0${id}`))).slice(0, 32);

const VERSION = 'v1';
const MAC_DIGITS = 64;
/** A text of all fields at their longest has 325 characters. */
export const MAX_DECISION_CHARACTERS = 400;

/**
 * The decision as text that only a holder of the key can make: its fields, joined by colons, which
 * none of them can contain, and their HMAC-SHA256. Whoever has it can read it.
 *
 * @throws ZodError for a decision that breaks its schema
 */
export function sealDecision(key: Uint8Array, decision: Decision): string {
  const text = textOf(Decision.parse(decision));
  return `${text}:${macOf(key, text)}`;
}

/** The decision that `text` was made of by `sealDecision` with this key; else undefined. */
export function openDecision(key: Uint8Array, text: string): Decision | undefined {
  if (text.length > MAX_DECISION_CHARACTERS) return undefined;
  const signed = text.slice(0, -(MAC_DIGITS + 1));
  if (!isSame(text, `${signed}:${macOf(key, signed)}`)) return undefined;
  const [version, tenant, model, generation, trial, arm, unit, by, at, ...more] = signed.split(':');
  if (version !== VERSION || more.length > 0) return undefined;
  const fields = { tenant, model, trial, arm, unit, by };
  const read = Decision.safeParse({ ...fields, generation: Number(generation), at: Number(at) });
  return read.success ? read.data : undefined;
}

const textOf = ({ tenant, model, generation, trial, arm, unit, by, at }: Decision): string =>
  [VERSION, tenant, model, generation, trial, arm, unit, by, at].join(':');

/** Domain separation from `unitOf`: every text begins with a version. */
const macOf = (key: Uint8Array, text: string): string =>
  bytesToHex(hmac(sha256, key, utf8ToBytes(text)));

/** In a time that tells nothing of where two texts of one length differ. */
function isSame(one: string, other: string): boolean {
  let difference = one.length ^ other.length;
  for (let i = 0; i < one.length; i++) difference |= one.charCodeAt(i) ^ other.charCodeAt(i);
  return difference === 0;
}
