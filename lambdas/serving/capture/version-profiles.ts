import { LRUCache } from 'lru-cache';
import type { Digest } from '#domain/registry/digest.ts';
import type { Manifest } from '#domain/registry/manifest.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import type { Referenced } from '../../monitoring/reference-profile-of.ts';
import type { Clock } from '../ports.ts';
import { type RowCounter, rowCounters } from './count-rows.ts';

export type ReadProfile = (version: VersionRecord) => Promise<Referenced | undefined>;

/** What rows of a version are counted by. */
export type CountedBy =
  | { readonly kind: 'rows'; readonly newCounter: () => RowCounter }
  /** It is being read. */
  | { readonly kind: 'awaited' }
  /** There is none, or it could not be read now. */
  | { readonly kind: 'nothing' };

type Read =
  | {
      readonly kind: 'read';
      readonly referenced: Referenced | undefined;
      readonly againAt: number;
    }
  | { readonly kind: 'reading' }
  | { readonly kind: 'failed'; readonly againAt: number };

interface Known {
  read: Read;
  /** Of the manifest of its first answer; its digest allows no other one. */
  counted?: CountedBy;
}

/** Gates may judge a version again, by other data. */
const KEPT_MS = 3_600_000;
const RETRY_MS = 60_000;
/** A read that was under way when the sandbox froze may never end: it is given up on. */
const GIVEN_UP_MS = 10_000;
const MAX_VERSIONS = 200;

/** The reference profiles of the versions that a process answers for, read beside requests. */
export class VersionProfiles {
  readonly #read: ReadProfile;
  readonly #clock: Clock;
  readonly #known = new LRUCache<string, Known>({ max: MAX_VERSIONS });
  readonly #reading = new Map<string, { readonly work: Promise<void>; readonly since: number }>();

  constructor(read: ReadProfile, clock: Clock) {
    this.#read = read;
    this.#clock = clock;
  }

  /**
   * Begins to read the profile where it is not known, again a while after that failed, and again
   * once it is an hour old; until it is there anew, the old one counts on.
   */
  expect(version: VersionRecord): void {
    const key = keyOf(version);
    const read = this.#known.get(key)?.read;
    const isDue = !read || (read.kind !== 'reading' && this.#clock() >= read.againAt);
    if (isDue && !this.#reading.has(key)) this.#begin(key, version);
  }

  of(version: VersionRecord, manifest: Pick<Manifest, 'io' | 'evaluation'>): CountedBy {
    const known = this.#known.get(keyOf(version));
    if (!known || known.read.kind === 'failed') return { kind: 'nothing' };
    if (known.read.kind === 'reading') return { kind: 'awaited' };
    known.counted ??= countedBy(known.read.referenced, manifest);
    return known.counted;
  }

  /** What is being read; undefined where nothing is. */
  reading(): Promise<unknown> | undefined {
    const now = this.#clock();
    for (const [key, { since }] of this.#reading) {
      if (now - since < GIVEN_UP_MS) continue;
      this.#reading.delete(key);
      this.#failed(key, since);
    }
    const work = [...this.#reading.values()].map((one) => one.work);
    return work.length > 0 ? Promise.all(work) : undefined;
  }

  #begin(key: string, version: VersionRecord): void {
    if (this.#known.get(key)?.read.kind !== 'read') {
      this.#known.set(key, { read: { kind: 'reading' } });
    }
    const work = this.#read(version).then(
      (referenced) => {
        this.#reading.delete(key);
        const againAt = this.#clock() + KEPT_MS;
        this.#known.set(key, { read: { kind: 'read', referenced, againAt } });
      },
      () => {
        this.#reading.delete(key);
        this.#failed(key, this.#clock());
      },
    );
    this.#reading.set(key, { work, since: this.#clock() });
  }

  #failed(key: string, at: number): void {
    const againAt = at + RETRY_MS;
    const known = this.#known.get(key);
    if (known?.read.kind === 'read') known.read = { ...known.read, againAt };
    else this.#known.set(key, { read: { kind: 'failed', againAt } });
  }
}

/** A version without a performance result, or with one of other inputs, has its requests counted alone. */
function countedBy(
  referenced: Referenced | undefined,
  manifest: Pick<Manifest, 'io' | 'evaluation'>,
): CountedBy {
  const newCounter = referenced && rowCounters(referenced, manifest);
  return newCounter ? { kind: 'rows', newCounter } : { kind: 'nothing' };
}

const keyOf = ({
  tenant,
  model,
  version,
  digest,
}: {
  readonly tenant: string;
  readonly model: string;
  readonly version: string;
  readonly digest: Digest;
}): string => `${tenant}/${model}/${version}/${digest}`;
