import * as z from 'zod/mini';
import { APPROVAL_STATUSES } from '#domain/access/approval.ts';
import { VERDICTS } from '#domain/gates/verdict.ts';
import { STAGES } from '#domain/registry/stage.ts';
import { Check } from './check-schema.ts';
import { RolloutBrief } from './rollout-schemas.ts';

// Answers are read tolerantly: a newer API may say more than this version knows.

const Counts = z.object({
  pass: z.number(),
  inconclusive: z.number(),
  error: z.number(),
  fail: z.number(),
});

const ProblemField = z.object({
  field: z.string(),
  got: z.string(),
  expected: z.string(),
  remedy: z.string(),
});

/** RFC 9457; API Gateway's own refusals have a `message` instead. */
export const ProblemDocument = z.object({
  title: z.optional(z.string()),
  detail: z.optional(z.string()),
  message: z.optional(z.string()),
  problems: z.optional(z.array(ProblemField)),
});

export const UploadGrant = z.object({
  uploadId: z.string(),
  bucket: z.string(),
  /** Ends in a slash. */
  prefix: z.string(),
  region: z.string(),
  credentials: z.object({
    accessKeyId: z.string(),
    secretAccessKey: z.string(),
    sessionToken: z.string(),
    /** ISO 8601. */
    expiration: z.string(),
  }),
});
export type UploadGrant = z.infer<typeof UploadGrant>;

export const Release = z.object({
  outcome: z.enum(['CLAIMED', 'REGISTERED', 'KNOWN', 'REJECTED', 'FAULTED']),
  model: z.string(),
  version: z.optional(z.string()),
  digest: z.optional(z.string()),
  problems: z.optional(z.array(ProblemField)),
  execution: z.optional(z.string()),
});
export type Release = z.infer<typeof Release>;

export const ModelSummary = z.object({
  model: z.string(),
  /** Version in production. */
  champion: z.optional(z.nullable(z.string())),
  latest: z.optional(z.nullable(z.string())),
  versions: z.optional(z.number()),
});
export type ModelSummary = z.infer<typeof ModelSummary>;

export const VersionSummary = z.object({
  model: z.string(),
  version: z.string(),
  ordinal: z.number(),
  digest: z.string(),
  state: z.enum(STAGES),
  submitter: z.string(),
  /** ISO 8601. */
  createdAt: z.string(),
  updatedAt: z.string(),
  failure: z.optional(z.nullable(z.string())),
});
export type VersionSummary = z.infer<typeof VersionSummary>;

export const Gate = z.object({
  gate: z.string(),
  verdict: z.enum(VERDICTS),
  counts: Counts,
  durationMs: z.optional(z.number()),
  checks: z.optional(z.array(Check)),
});
export type Gate = z.infer<typeof Gate>;

/** A vote comes as the person's id alone, or with when and why. */
const Vote = z.union([
  z.object({
    person: z.string(),
    at: z.optional(z.string()),
    comment: z.optional(z.nullable(z.string())),
  }),
  z.pipe(
    z.string(),
    z.transform((person): { person: string; at?: string; comment?: string | null } => ({ person })),
  ),
]);
export type Vote = z.infer<typeof Vote>;

/** ISO 8601, or epoch seconds as the registry keeps them; always ISO 8601 afterwards. */
const Instant = z.union([
  z.string(),
  z.pipe(
    z.number(),
    z.transform((seconds) => new Date(seconds * 1000).toISOString()),
  ),
]);

const Votes = {
  status: z.enum(APPROVAL_STATUSES),
  quorum: z.number(),
  approvers: z.array(Vote),
  refusals: z.optional(z.array(Vote)),
  expiresAt: Instant,
};

export const VersionDetail = z.extend(VersionSummary, {
  signed: z.boolean(),
  admitted: z.boolean(),
  gates: z.array(Gate),
  approval: z.optional(z.nullable(z.object({ id: z.string(), ...Votes }))),
  /** The latest one of this version. */
  rollout: z.optional(z.nullable(RolloutBrief)),
  history: z.array(
    z.object({
      at: z.string(),
      from: z.optional(z.nullable(z.string())),
      to: z.string(),
      actor: z.string(),
      reason: z.optional(z.nullable(z.string())),
    }),
  ),
});
export type VersionDetail = z.infer<typeof VersionDetail>;

export const Approval = z.object({
  id: z.string(),
  model: z.string(),
  version: z.string(),
  digest: z.string(),
  policyHash: z.string(),
  submitter: z.string(),
  evidence: z.optional(
    z.array(z.object({ gate: z.string(), verdict: z.enum(VERDICTS), counts: Counts })),
  ),
  ...Votes,
});
export type Approval = z.infer<typeof Approval>;

const Settings = z.record(z.string(), z.unknown());

export const PolicyAnswer = z.object({
  revision: z.number(),
  hash: z.string(),
  policy: Settings,
  /** Settings of the level asked about: the tenant's or the model's own. */
  overlay: Settings,
  /** Settings of the tenant that apply to the model asked about. */
  inherited: Settings,
  /** What is looser in an overlay that another admin has to set too. */
  looser: z.optional(z.array(ProblemField)),
  proposer: z.optional(z.string()),
});
export type PolicyAnswer = z.infer<typeof PolicyAnswer>;

export const VoteAnswer = z.object({
  status: z.enum(APPROVAL_STATUSES),
  approvals: z.number(),
  quorum: z.number(),
});

export const Download = z.object({
  digest: z.string(),
  files: z.array(
    z.object({ path: z.string(), size: z.number(), sha256: z.string(), url: z.string() }),
  ),
  /** The Sigstore bundle that goes beside the files as `model.sig`. */
  signature: z.unknown(),
  publicKeyPem: z.string(),
  cursor: z.optional(z.nullable(z.string())),
});
export type Download = z.infer<typeof Download>;

const PublicKey = z.object({ pem: z.string(), hint: z.string() });
const Document = z.record(z.string(), z.unknown());

/** A version's model card and bill of materials, and the DSSE envelope over each. */
export const DescriptionAnswer = z.object({
  card: Document,
  bom: Document,
  attestations: z.object({ card: Document, bom: Document }),
});
export type DescriptionAnswer = z.infer<typeof DescriptionAnswer>;

export const Keys = z.object({ artifact: PublicKey, attestation: PublicKey });

/** Open Inference Protocol v2. */
export const InferAnswer = z.looseObject({
  model_name: z.optional(z.string()),
  model_version: z.optional(z.nullable(z.string())),
  id: z.optional(z.nullable(z.string())),
  outputs: z.array(
    z.looseObject({
      name: z.string(),
      datatype: z.string(),
      shape: z.array(z.number()),
      data: z.array(z.unknown()),
    }),
  ),
});
export type InferAnswer = z.infer<typeof InferAnswer>;

export const OutcomesAnswer = z.object({
  accepted: z.number(),
  repeated: z.number(),
  refused: z.array(z.object({ index: z.number(), problem: z.string() })),
});
export type OutcomesAnswer = z.infer<typeof OutcomesAnswer>;
