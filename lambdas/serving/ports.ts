import type { Readable } from 'node:stream';
import type { EvidencePointer } from '#domain/registry/artifact.ts';
import type { Subject } from '#domain/registry/subject.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';
import type { PublicKey } from '#domain/signing/public-key.ts';

/** Strongly consistent reads: a route and a version read after it never tell of different times. */
export interface RegistryReader {
  route(tenant: string, model: string): Promise<RouteDocument | undefined>;
  version(subject: Subject): Promise<VersionRecord | undefined>;
}

export interface EvidenceReader {
  /** @throws Error, named EvidenceAltered when the bytes are not those the pointer was made for. */
  read(pointer: EvidencePointer): Promise<Uint8Array>;
}

export interface ArtifactReader {
  open(file: { readonly key: string; readonly versionId: string }): Promise<Readable>;
}

/** Keys whose signatures a load rests on; whoever provides them keeps them. */
export interface PublicKeys {
  artifact(): Promise<PublicKey>;
  attestation(): Promise<PublicKey>;
}

/** Milliseconds since the epoch. */
export type Clock = () => number;
