import type { Advisories, Imported, StoredIndex } from '#aws/advisories.ts';
import {
  readShard,
  type Snapshot,
  snapshotDigest,
} from '#domain/gates/dependencies/osv/snapshot.ts';
import type { Digest } from '#domain/registry/digest.ts';

/** Snapshots of advisories in memory; shards are read back as the bucket's are. */
export class MemoryAdvisories
  implements Pick<Advisories, 'current' | 'replace' | 'shard' | 'imported'>
{
  readonly shards = new Map<string, Uint8Array>();
  /** Shards that were read, in order. */
  readonly reads: string[] = [];
  stored: StoredIndex | undefined;
  upload: Imported | undefined;

  async current(): Promise<StoredIndex | undefined> {
    return this.stored;
  }

  async replace(current: StoredIndex | undefined, snapshot: Snapshot): Promise<boolean> {
    if (current?.etag !== this.stored?.etag) return false;
    this.use(snapshot);
    return true;
  }

  use({ index, shards }: Snapshot): void {
    for (const [digest, bytes] of shards) this.shards.set(digest, bytes);
    const digest = snapshotDigest(index);
    this.stored = { index, digest, etag: digest };
  }

  async shard(digest: Digest): ReturnType<Advisories['shard']> {
    this.reads.push(digest);
    const bytes = this.shards.get(digest);
    if (!bytes) throw new Error(`no shard ${digest}`);
    return readShard(digest, new TextDecoder().decode(bytes));
  }

  async imported(maxBytes: number): Promise<Imported | undefined> {
    return this.upload && this.upload.bytes.length <= maxBytes ? this.upload : undefined;
  }
}
