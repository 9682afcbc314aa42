import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import * as z from 'zod/mini';
import { type Digest, digestStart } from '#domain/registry/digest.ts';
import { ModelName, Tenant } from '#domain/registry/subject.ts';
import { CANDIDATE_TRIAL } from '#domain/rollout/traffic.ts';
import { Name } from './routing/route-document.ts';

/** Of answers that are on no trial. */
const SERVED = 'served';
/** An experiment's id, a rollout's trial by the digest that it tries, or the digest that served. */
const Trial = z
  .string()
  .check(z.regex(/^(?:[a-z0-9][a-z0-9._-]{0,39}|(?:candidate|served)\/[0-9a-f]{16})$/));
const Count = z.int().check(z.nonnegative());

/** Who was assigned to what, and who answered: all that an outcome, known later, is counted by. */
export const Decision = z.strictObject({
  tenant: Tenant,
  model: ModelName,
  /** Of the route that was decided by; 0 on no trial. */
  generation: Count,
  trial: Trial,
  arm: Name,
  /** From `unitOf`. */
  unit: z.string().check(z.regex(/^[0-9a-f]{32}$/)),
  by: z.enum(['user', 'request']),
  /** Milliseconds since the epoch. */
  at: Count,
  /** Of the version that answered, which need not be the arm's, as `digestStart` has it. */
  answered: z.optional(z.string().check(z.regex(/^[0-9a-f]{16}$/))),
});
export type Decision = Readonly<z.infer<typeof Decision>>;

/** A rollout's trial in decisions: units of a later rollout, of another version, count anew. */
export const candidateTrial = (digest: Digest): string =>
  `${CANDIDATE_TRIAL}/${digestStart(digest)}`;

/** What an answer that is on no trial has in the place of one. */
export const servedTrial = (digest: Digest): string => `${SERVED}/${digestStart(digest)}`;

/** Whether an outcome of the decision is one of a trial's. */
export const isOnTrial = ({ trial }: Pick<Decision, 'trial'>): boolean =>
  !trial.startsWith(`${SERVED}/`);

/** The name that `Traffic` counts a decision's trial under. */
export const trafficName = (trial: string): string =>
  trial.startsWith(`${CANDIDATE_TRIAL}/`) ? CANDIDATE_TRIAL : trial;

/**
 * A user or a request without its name, 32 hex digits: the same for the same id, under the
 * tenant's key, so that nobody without it can try names out.
 */
export const unitOf = (key: Uint8Array, id: string): string =>
  bytesToHex(hmac(sha256, key, utf8ToBytes(`unit\0${id}`))).slice(0, 32);

/** With and without the version that answered, the last of the fields. */
const ANSWERED = 'v2';
const ASSIGNED = 'v1';
const MAC_DIGITS = 64;
/** A text of all fields at their longest has 342 characters. */
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
  if (version !== (more.length === 0 ? ASSIGNED : ANSWERED) || more.length > 1) return undefined;
  const [answered] = more;
  const read = Decision.safeParse({
    ...{ tenant, model, trial, arm, unit, by },
    ...{ generation: Number(generation), at: Number(at) },
    ...(answered !== undefined && { answered }),
  });
  return read.success ? read.data : undefined;
}

function textOf(decision: Decision): string {
  const { tenant, model, generation, trial, arm, unit, by, at, answered } = decision;
  const assigned = [tenant, model, generation, trial, arm, unit, by, at];
  return (
    answered === undefined ? [ASSIGNED, ...assigned] : [ANSWERED, ...assigned, answered]
  ).join(':');
}

/** Domain separation from `unitOf`: every text begins with a version. */
const macOf = (key: Uint8Array, text: string): string =>
  bytesToHex(hmac(sha256, key, utf8ToBytes(text)));

/** In a time that tells nothing of where two texts of one length differ. */
function isSame(one: string, other: string): boolean {
  let difference = one.length ^ other.length;
  for (let i = 0; i < one.length; i++) difference |= one.charCodeAt(i) ^ other.charCodeAt(i);
  return difference === 0;
}
