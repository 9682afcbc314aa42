import * as z from 'zod/mini';
import { Advisories, type StoredIndex } from '#aws/advisories.ts';
import { readArchive } from '#domain/gates/dependencies/osv/read-archive.ts';
import {
  type Snapshot,
  SnapshotBuilder,
  type SnapshotIndex,
  snapshotDigest,
} from '#domain/gates/dependencies/osv/snapshot.ts';
import { refusal } from '#domain/gates/dependencies/osv/succession.ts';
import { sourceOf } from '#domain/gates/scan/byte-source.ts';
import { type Digest, sha256Hex } from '#domain/registry/digest.ts';
import { NODE_DECOMPRESSORS } from '#node/decompressors.ts';
import { nowSeconds } from '../act.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';
import { count } from '../metrics.ts';
import { fetchArchive } from './fetch-archive.ts';

const Input = z.strictObject({
  /** `import`: what an operator has put at `advisories/import/all.zip` of the data bucket. */
  source: z.enum(['download', 'import']),
});

/** The archive of PyPI has some 30 MB. */
const MAX_BYTES = 256 * 1024 * 1024;

interface Archive {
  readonly bytes: Uint8Array;
  /** Epoch seconds. */
  readonly takenAt: number;
}

interface Ports {
  readonly advisories: Pick<Advisories, 'current' | 'replace' | 'imported'>;
  readonly download: () => Promise<Uint8Array>;
  readonly nowSeconds: () => number;
  readonly count: typeof count;
}

interface Refreshed {
  readonly outcome: 'replaced' | 'unchanged';
  readonly digest: Digest;
  readonly source: Digest;
  readonly counts: SnapshotIndex['counts'];
  readonly unreadable: number;
}

/**
 * Makes a new snapshot of advisories and puts it into use. Whatever is wrong with the archive
 * faults, and leaves the snapshot of before in use.
 */
export const refreshAdvisories =
  (ports: Ports) =>
  async ({ source }: z.infer<typeof Input>): Promise<Refreshed> => {
    const { bytes, takenAt } = await archiveFrom(source, ports);
    const builder = new SnapshotBuilder();
    for await (const record of readArchive(sourceOf(bytes), NODE_DECOMPRESSORS)) {
      builder.add(record);
    }
    const snapshot = builder.build({ takenAt, source: sha256Hex(bytes) });
    const { index } = snapshot;
    const current = await ports.advisories.current();
    const digest = snapshotDigest(index);
    const changed = digest !== current?.digest;
    if (changed) await putIntoUse(ports.advisories, current, snapshot);
    ports.count(
      { Ecosystem: index.ecosystem },
      { AdvisoriesRefreshed: 1, AdvisoriesUnreadable: index.unreadable.length },
    );
    return {
      outcome: changed ? 'replaced' : 'unchanged',
      digest,
      source: index.source as Digest,
      counts: index.counts,
      unreadable: index.unreadable.length,
    };
  };

async function putIntoUse(
  advisories: Ports['advisories'],
  current: StoredIndex | undefined,
  snapshot: Snapshot,
): Promise<void> {
  const why = refusal(current?.index, snapshot.index);
  if (why !== undefined) {
    throw new Error(`the new snapshot of advisories is not put into use: ${why}; refresh again`);
  }
  if (!(await advisories.replace(current, snapshot))) {
    throw new Error('another snapshot of advisories was put into use meanwhile; refresh again');
  }
}

async function archiveFrom(
  source: z.infer<typeof Input>['source'],
  { advisories, download, nowSeconds: now }: Ports,
): Promise<Archive> {
  if (source === 'download') return { takenAt: now(), bytes: await download() };
  const imported = await advisories.imported(MAX_BYTES);
  if (!imported) {
    throw new Error(
      `no archive of at most ${MAX_BYTES} bytes is at advisories/import/all.zip; put OSV's PyPI/all.zip there`,
    );
  }
  return { bytes: imported.bytes, takenAt: imported.uploadedAt };
}

export const handler = entry(Input, () =>
  refreshAdvisories({
    advisories: new Advisories(env('DATA_BUCKET')),
    download: () => fetchArchive(env('ADVISORIES_URL'), MAX_BYTES),
    nowSeconds,
    count,
  }),
);
