import type { EvidenceBucket } from '#aws/evidence-bucket.ts';
import type { EvidencePointer } from '#domain/registry/artifact.ts';
import { canonicalBytes } from '#domain/registry/canonical.ts';
import { sha256Hex } from '#domain/registry/digest.ts';

/** The evidence bucket in memory: the first writer of a key wins, readers check the hash. */
export class MemoryEvidence implements Pick<EvidenceBucket, 'name' | 'put' | 'read' | 'readJson'> {
  readonly name = 'evidence';
  readonly documents = new Map<string, Uint8Array>();

  async put(key: string, body: Uint8Array): Promise<EvidencePointer> {
    const kept = this.documents.get(key) ?? body;
    this.documents.set(key, kept);
    return { key, versionId: `v-${key}`, sha256: sha256Hex(kept) };
  }

  async read({ key, sha256 }: { key: string; sha256: string }): Promise<Uint8Array> {
    const body = this.documents.get(key);
    if (!body) throw new Error(`no evidence ${key}`);
    if (sha256Hex(body) !== sha256) throw new Error(`evidence ${key} was altered`);
    return body;
  }

  async readJson(pointer: { key: string; sha256: string }): Promise<unknown> {
    return JSON.parse(new TextDecoder().decode(await this.read(pointer)));
  }

  putJson(key: string, value: unknown): Promise<EvidencePointer> {
    return this.put(key, canonicalBytes(value));
  }

  text(key: string): string {
    return new TextDecoder().decode(this.documents.get(key));
  }
}
