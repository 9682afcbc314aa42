import * as z from 'zod/mini';
import type { Digest } from '#domain/registry/digest.ts';
import { IGNORED_PATHS } from './artifact-path.ts';
import { parseBundle } from './bundle.ts';
import { signedStatement } from './dsse.ts';
import {
  type ArtifactFile,
  OMS_PREDICATE,
  type Resource,
  resourcesFault,
  resourcesOf,
  rootDigest,
} from './oms.ts';
import { conform } from './parsed.ts';
import type { PublicKey } from './public-key.ts';
import { parseStatement, Sha256, type Statement } from './statement.ts';

/** What a signature is worth. `unsupported` is well-formed, but beyond what Assay verifies. */
export type SignatureVerdict =
  | {
      readonly outcome: 'verified';
      readonly digest: Digest;
      readonly resources: readonly Resource[];
    }
  | { readonly outcome: 'invalid' | 'unsupported'; readonly reason: string };

const Predicate = z.strictObject({
  resources: z.array(z.looseObject({})),
  serialization: z.strictObject({
    method: z.enum(['files', 'shards']),
    hash_type: z.enum(['sha256', 'blake2b', 'blake3']),
    shard_size: z.optional(z.int()),
    allow_symlinks: z.boolean(),
    ignore_paths: z.optional(z.array(z.string())),
  }),
});
const Resources = z.array(
  z.object({ name: z.string(), algorithm: z.literal('sha256'), digest: Sha256 }),
);

/** Whether a bundle is this key's signature of the version that goes by `digest`. */
export function verifyBundle(text: string, key: PublicKey, digest: Digest): SignatureVerdict {
  const verdict = judgeBundle(text, key);
  if (verdict.outcome !== 'verified' || verdict.digest === digest) return verdict;
  return invalid(`signature is of digest ${verdict.digest}, expected ${digest}`);
}

/** Whether a bundle is this key's signature of exactly these files. */
export function verifyArtifact(
  text: string,
  key: PublicKey,
  files: readonly ArtifactFile[],
): SignatureVerdict {
  const verdict = judgeBundle(text, key);
  if (verdict.outcome !== 'verified') return verdict;
  const found = resourcesOf(files);
  if (!found.ok) return invalid(found.reason);
  const difference = differences(verdict.resources, found.value);
  return difference === '' ? verdict : invalid(difference);
}

function judgeBundle(text: string, key: PublicKey): SignatureVerdict {
  const bundle = parseBundle(text);
  if (!bundle.ok) return invalid(bundle.reason);
  const { envelope, hint, logEntries, method } = bundle.value;
  const claimed = parseStatement(envelope.payload);
  if (!claimed.ok) return invalid(claimed.reason);
  const { predicateType } = claimed.value;
  if (predicateType !== OMS_PREDICATE) {
    return invalid(`predicateType: got ${predicateType}, expected ${OMS_PREDICATE}`);
  }
  if (method !== 'key') return unsupported(`signed by ${method}, expected a bare key`);
  if (hint === undefined) return unsupported('the key has no hint: signed before OMS 1.1');
  if (logEntries > 0) return unsupported('has log entries, which are not verified here');
  if (hint !== key.hint) return invalid(`signed by key ${hint}, expected ${key.hint}`);

  const signed = signedStatement(envelope, key);
  return signed.ok ? judgeStatement(signed.value) : invalid(signed.reason);
}

function judgeStatement(statement: Statement): SignatureVerdict {
  const predicate = conform(Predicate, statement.predicate, 'predicate');
  if (!predicate.ok) return invalid(predicate.reason);
  const { method, hash_type, allow_symlinks, ignore_paths } = predicate.value.serialization;
  if (method !== 'files') return unsupported(`files are hashed in ${method}, expected whole`);
  if (hash_type !== 'sha256') return unsupported(`hash_type: got ${hash_type}, expected sha256`);
  if (allow_symlinks) return unsupported('symbolic links were allowed, expected none');

  const wide = ignore_paths?.find((path) => !IGNORED_PATHS.some((usual) => usual === path));
  if (wide !== undefined) {
    return invalid(
      `ignore_paths: '${wide}' lets files go unsigned, expected only ${IGNORED_PATHS.join(', ')}`,
    );
  }
  const resources = conform(Resources, predicate.value.resources, 'resources');
  if (!resources.ok) return invalid(resources.reason);
  const fault = resourcesFault(resources.value);
  if (fault) return invalid(fault);
  const digest = rootDigest(resources.value);
  if (digest !== statement.digest) {
    return invalid(`subject has digest ${statement.digest}, but its resources hash to ${digest}`);
  }
  return { outcome: 'verified', digest, resources: resources.value };
}

/** The first few differences, in words; empty when there is none. */
function differences(signed: readonly Resource[], found: readonly Resource[]): string {
  const before = new Map(signed.map(({ name, digest }) => [name, digest]));
  const now = new Map(found.map(({ name, digest }) => [name, digest]));
  return [
    ...signed.filter(({ name }) => !now.has(name)).map(({ name }) => `'${name}' is missing`),
    ...found.filter(({ name }) => !before.has(name)).map(({ name }) => `'${name}' is not signed`),
    ...signed
      .filter(({ name, digest }) => now.has(name) && now.get(name) !== digest)
      .map(({ name }) => `'${name}' has changed since it was signed`),
  ]
    .slice(0, 5)
    .join('; ');
}

const invalid = (reason: string): SignatureVerdict => ({ outcome: 'invalid', reason });
const unsupported = (reason: string): SignatureVerdict => ({ outcome: 'unsupported', reason });
