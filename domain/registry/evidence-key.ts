import type { Digest } from './digest.ts';
import type { Subject } from './subject.ts';

/** Everything known about one version lies under one prefix, which names its digest. */
const versionPrefix = ({ tenant, model, version }: Subject, digest: Digest): string =>
  `versions/${tenant}/${model}/${version}/${digest}`;

export const artifactRecordKey = (subject: Subject, digest: Digest): string =>
  `${versionPrefix(subject, digest)}/artifact.json`;
export const signatureKey = (subject: Subject, digest: Digest): string =>
  `${versionPrefix(subject, digest)}/model.sig`;
export const gateResultKey = (
  subject: Subject,
  digest: Digest,
  gate: string,
  policyHash: Digest,
): string => `${versionPrefix(subject, digest)}/gates/${gate}/${policyHash}.json`;
export const gateAttestationKey = (
  subject: Subject,
  digest: Digest,
  gate: string,
  policyHash: Digest,
): string => `${versionPrefix(subject, digest)}/attestations/${gate}/${policyHash}.json`;
export const admissionKey = (
  subject: Subject,
  digest: Digest,
  scope: string,
  policyHash: Digest,
): string => `${versionPrefix(subject, digest)}/admission/${scope}/${policyHash}.json`;
/** What the version took and answered when it was judged; beside the result that vouches for it. */
export const referenceProfileKey = (subject: Subject, digest: Digest, policyHash: Digest): string =>
  `${versionPrefix(subject, digest)}/gates/performance/${policyHash}.profile.json`;
/** What a running version was found to be by one snapshot of advisories. */
export const reevaluationReportKey = (subject: Subject, digest: Digest, snapshot: Digest): string =>
  `${versionPrefix(subject, digest)}/reevaluations/dependencies/${snapshot}.json`;
/** A model card or bill of materials, plain or signed. */
export const descriptionKey = (
  subject: Subject,
  digest: Digest,
  policyHash: Digest,
  file: string,
): string => `${versionPrefix(subject, digest)}/description/${policyHash}/${file}`;
export const policyDocumentKey = (tenant: string, hash: Digest): string =>
  `policies/${tenant}/${hash}.json`;
