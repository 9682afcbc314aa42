import { utf8ToBytes } from '@noble/hashes/utils.js';
import * as z from 'zod/mini';
import { canonicalBytes, hashOf } from '#domain/registry/canonical.ts';
import { type Digest, sha256Hex } from '#domain/registry/digest.ts';
import { Advisory, readRecord } from './advisory.ts';

const Sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/));

/**
 * `assay.osv-snapshot/v1`: what is known about the packages of PyPI at one time. Advisories are in
 * 256 shards, found by the first byte of the SHA-256 of a package's name and verified by their
 * own hash, so that a gate reads the few that it needs, and shards that did not change are shared
 * by the snapshots of many days.
 */
export const SnapshotIndex = z.strictObject({
  schema: z.literal('assay.osv-snapshot/v1'),
  ecosystem: z.literal('PyPI'),
  /** Epoch seconds of the download. */
  takenAt: z.int(),
  /** SHA-256 of the `all.zip` that it was made from. */
  source: Sha256,
  counts: z.strictObject({
    records: z.int(),
    advisories: z.int(),
    packages: z.int(),
    withdrawn: z.int(),
  }),
  /** Records that name no package they could be kept for: `id: reason`. */
  unreadable: z.array(z.string()),
  /** Shard to SHA-256 of its canonical JSON; a shard that is missing is empty. */
  shards: z.record(z.string().check(z.regex(/^[0-9a-f]{2}$/)), Sha256),
});
export type SnapshotIndex = z.infer<typeof SnapshotIndex>;

const Shard = z.record(z.string(), z.array(Advisory));

export interface Snapshot {
  readonly index: SnapshotIndex;
  /** Canonical JSON by SHA-256. */
  readonly shards: ReadonlyMap<Digest, Uint8Array>;
}

/** Where a shard is stored below the prefix of the snapshots: named by what it holds. */
export const shardKey = (digest: string): string => `shards/${digest}.json`;

export interface Origin {
  /** Epoch seconds of the download. */
  readonly takenAt: number;
  /** SHA-256 of the `all.zip`. */
  readonly source: Digest;
}

/** Makes a snapshot of records that come one by one: memory holds only what is kept of them. */
export class SnapshotBuilder {
  readonly #byName = new Map<string, Advisory[]>();
  readonly #unreadable: string[] = [];
  #records = 0;
  #withdrawn = 0;

  /** @param record of OSV's `PyPI/all.zip`, parsed as JSON */
  add(record: unknown): void {
    this.#records += 1;
    const read = readRecord(record);
    if (read.kind === 'withdrawn') this.#withdrawn += 1;
    else if (read.kind === 'unreadable') this.#unreadable.push(`${read.id}: ${read.reason}`);
    else for (const [name, list] of read.byName) this.#keep(name, list);
  }

  #keep(name: string, list: readonly Advisory[]): void {
    const kept = this.#byName.get(name);
    if (kept) kept.push(...list);
    else this.#byName.set(name, [...list]);
  }

  /** The same whatever the order in which the records came. */
  build(origin: Origin): Snapshot {
    const { digests, shards } = shard(this.#byName);
    const advisories = [...this.#byName.values()].reduce((sum, list) => sum + list.length, 0);
    const index: SnapshotIndex = {
      schema: 'assay.osv-snapshot/v1',
      ecosystem: 'PyPI',
      takenAt: origin.takenAt,
      source: origin.source,
      counts: {
        records: this.#records,
        advisories,
        packages: this.#byName.size,
        withdrawn: this.#withdrawn,
      },
      unreadable: this.#unreadable.toSorted().slice(0, MAX_UNREADABLE),
      shards: digests,
    };
    return { index, shards };
  }
}

/** Makes a snapshot of records that are all at hand. */
export function buildSnapshot(records: Iterable<unknown>, origin: Origin): Snapshot {
  const builder = new SnapshotBuilder();
  for (const record of records) builder.add(record);
  return builder.build(origin);
}

/** One is enough to leave verdicts undecided. */
const MAX_UNREADABLE = 100;

function shard(byName: ReadonlyMap<string, readonly Advisory[]>) {
  const contents = new Map<string, Record<string, readonly Advisory[]>>();
  for (const [name, list] of byName) {
    const content = contents.get(shardOf(name)) ?? Object.create(null);
    content[name] = list.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    contents.set(shardOf(name), content);
  }
  const digests: Record<string, Digest> = {};
  const shards = new Map<Digest, Uint8Array>();
  for (const [key, content] of [...contents].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const bytes = canonicalBytes(content);
    digests[key] = sha256Hex(bytes);
    shards.set(sha256Hex(bytes), bytes);
  }
  return { digests, shards };
}

export const shardOf = (name: string): string => sha256Hex(utf8ToBytes(name)).slice(0, 2);

/** The hash that a verdict records: it fixes every advisory of the snapshot. */
export const snapshotDigest = (index: SnapshotIndex): Digest => hashOf(index);

/** SHA-256 of the shards that must be read to know about these packages, each once. */
export function shardsFor(index: SnapshotIndex, names: Iterable<string>): Digest[] {
  const digests = new Set<Digest>();
  for (const name of names) {
    const digest = index.shards[shardOf(name)];
    if (digest !== undefined) digests.add(digest as Digest);
  }
  return [...digests].sort();
}

/**
 * The advisories of one shard, by package.
 * @throws RangeError when the text is not the one that the index names.
 */
export function readShard(digest: Digest, text: string): Map<string, Advisory[]> {
  const got = sha256Hex(utf8ToBytes(text));
  if (got !== digest) {
    throw new RangeError(`shard of advisories: got SHA-256 ${got}, expected ${digest}`);
  }
  return new Map(Object.entries(Shard.parse(JSON.parse(text))));
}
