import type { EvidencePointer } from './artifact.ts';
import type { Backend } from './backend.ts';
import type { Digest } from './digest.ts';
import type { Problem } from './problem.ts';
import type { Stage } from './stage.ts';
import type { Subject } from './subject.ts';

/** The registry's item of one version, without its keys. */
export interface VersionRecord extends Subject {
  /** 1, 2, 3, … in order of registration within the model. */
  readonly ordinal: number;
  readonly digest: Digest;
  readonly state: Stage;
  /** Counts this version's changes of stage. */
  readonly rev: number;
  readonly artifact: EvidencePointer;
  readonly signature?: EvidencePointer;
  readonly admission?: EvidencePointer;
  /** Leave for the staging function alone, given before the load gate. */
  readonly stagingAdmission?: EvidencePointer;
  /** Model card and bill of materials, written once every gate passed. */
  readonly description?: Description;
  readonly policyHash: Digest;
  readonly policyRevision: number;
  readonly entrypoint: string;
  readonly format: string;
  /** As its manifest says; without one it runs where requests arrive. */
  readonly backend?: Backend;
  /** Total of the artifact's files, bytes. */
  readonly bytes: number;
  /** SHA-256 of the canonical I/O schema. */
  readonly schemaHash: Digest;
  /** Person id of whoever uploaded it: never a voter on it. */
  readonly submitter: string;
  /** Execution ARN of its release. */
  readonly release: string;
  readonly approval?: string;
  readonly failure?: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Documents about a version, each with its signed attestation. */
export interface Description {
  readonly card: EvidencePointer;
  readonly cardAttestation: EvidencePointer;
  readonly bom: EvidencePointer;
  readonly bomAttestation: EvidencePointer;
}

/** Which version answers requests for a model: one item, read on the hot path. */
export interface Route {
  readonly tenant: string;
  readonly model: string;
  /** Grows by one with each change; a reader never goes back to a smaller one. */
  readonly generation: number;
  readonly stable: { readonly version: string; readonly digest: Digest };
  readonly updatedAt: string;
}

/** What became of one upload. Kept for rejected ones too: a refusal is never only in a log. */
export type ReleaseClaim = {
  readonly tenant: string;
  readonly model: string;
  readonly uploadId: string;
  readonly principal: string;
  readonly execution: string;
  readonly createdAt: string;
} & (
  | { readonly outcome: 'CLAIMED' }
  | { readonly outcome: 'REGISTERED' | 'KNOWN'; readonly version: string; readonly digest: Digest }
  | { readonly outcome: 'REJECTED' | 'FAULTED'; readonly problems: readonly Problem[] }
);
