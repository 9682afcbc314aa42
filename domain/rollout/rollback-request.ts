import * as z from 'zod/mini';
import type { Json } from '#domain/gates/verdict.ts';
import { canonicalBytes, hashOf } from '#domain/registry/canonical.ts';
import { ModelName, Tenant } from '#domain/registry/subject.ts';
import { Sha256 } from '#domain/signing/statement.ts';
import { SEVERITIES, TRIGGERS } from './record.ts';

/** A request is written to the registry and told on the bus, which takes 256 KiB of an event. */
export const MAX_EVIDENCE_BYTES = 32 * 1024;

const Version = z.string().check(z.minLength(1), z.maxLength(64));

/**
 * A hint that a version harms, and should have no more traffic. Whoever acts on it reads the route
 * again: it names what was seen, not what is.
 */
export const RollbackRequest = z
  .strictObject({
    id: z.uuidv7(),
    tenant: Tenant,
    model: ModelName,
    /**
     * What harms; where neither it nor `version` is named, the candidate, else stable of a route
     * that is still the one that was seen.
     */
    digest: z.optional(Sha256),
    version: z.optional(Version),
    /** The version to go back to: only what the route itself would go back to is possible. */
    to: z.optional(Version),
    /** `critical` takes all traffic at once, the others step by step. */
    severity: z.enum(SEVERITIES),
    trigger: z.enum(TRIGGERS),
    reason: z.string().check(z.minLength(1), z.maxLength(1000)),
    /** Person id, or the name of the function that acted by itself. */
    actor: z.string().check(z.minLength(1), z.maxLength(128)),
    /** Generation of the route that the harm was seen under. */
    generation: z.int().check(z.nonnegative()),
    evidence: z.optional(z.custom<Json>((value) => isJson(value))),
    /** The version is only withdrawn from its trial: nothing is held against it. */
    abort: z.optional(z.boolean()),
  })
  .check(
    z.refine(({ abort, trigger }) => !abort || trigger === 'person' || trigger === 'look', {
      path: ['abort'],
      error: 'asked by a person, or by the rollout itself: whatever else notices harm means it',
    }),
    z.refine(({ evidence }) => evidence === undefined || sizeOf(evidence) <= MAX_EVIDENCE_BYTES, {
      path: ['evidence'],
      error: `at most ${MAX_EVIDENCE_BYTES} bytes of JSON; name where the rest lies`,
    }),
  );
export type RollbackRequest = Readonly<z.infer<typeof RollbackRequest>>;

/** The longest name that Step Functions takes. */
const MAX_NAME = 80;
/** 48 bits: names that differ by it alone are about one model, generation and trigger. */
const HASH_CHARACTERS = 12;

/**
 * What an execution for a request is called. Requests of one trigger about the same version in the
 * same place share a name, so that Step Functions starts one of them; each request of a person has
 * its own. The hash keeps those apart that would read alike: a dash may be anybody's.
 * @param attempt grows where an execution of the name before has failed.
 */
export function executionName(request: RollbackRequest, attempt = 1): string {
  const { id, tenant, model, digest, version, severity, trigger, generation } = request;
  const tried = attempt > 1 ? `-${attempt}` : '';
  if (trigger === 'person') return `${id}${tried}`;
  const critical = severity === 'critical';
  const hash = hashOf([tenant, model, digest ?? version ?? null, critical, trigger, generation]);
  const tail = `-${generation}-${trigger}-${hash.slice(0, HASH_CHARACTERS)}${tried}`;
  const head = `${tenant}-${model}`.replace(/[^A-Za-z0-9_-]/g, '_');
  return `${head.slice(0, MAX_NAME - tail.length)}${tail}`;
}

const sizeOf = (value: unknown): number => canonicalBytes(value).length;

function isJson(value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  return typeof value === 'object' && Object.values(value).every(isJson);
}
