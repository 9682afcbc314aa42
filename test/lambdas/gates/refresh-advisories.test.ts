import { beforeEach, describe, expect, it } from 'vitest';
import { snapshotDigest } from '#domain/gates/dependencies/osv/snapshot.ts';
import { sha256Hex } from '#domain/registry/digest.ts';
import { handler, refreshAdvisories } from '../../../lambdas/gates/refresh-advisories.ts';
import { RECORDS, UNMENDED } from '../../domain/gates/dependencies/osv-records.ts';
import { MemoryAdvisories } from '../../support/memory-advisories.ts';
import { archiveOf } from '../../support/zip.ts';

const NOW = 1_790_000_000;
const all = archiveOf(RECORDS);

let advisories: MemoryAdvisories;
let counted: unknown[];
beforeEach(() => {
  advisories = new MemoryAdvisories();
  counted = [];
});

const refresh = (bytes: Uint8Array, now = NOW, source: 'download' | 'import' = 'download') =>
  refreshAdvisories({
    advisories,
    download: async () => bytes,
    nowSeconds: () => now,
    count: (...counts) => void counted.push(counts),
  })({ source });

describe('a download', () => {
  it('is put into use as a snapshot that says where it comes from', async () => {
    const refreshed = await refresh(all);
    expect(refreshed).toEqual({
      outcome: 'replaced',
      digest: advisories.stored?.digest,
      source: sha256Hex(all),
      counts: { records: 8, advisories: 6, packages: 5, withdrawn: 1 },
      unreadable: 0,
    });
    expect(advisories.stored?.index).toMatchObject({ takenAt: NOW, source: sha256Hex(all) });
    expect(counted).toEqual([
      [{ Ecosystem: 'PyPI' }, { AdvisoriesRefreshed: 1, AdvisoriesUnreadable: 0 }],
    ]);
  });

  it('of the same archive a day later is a snapshot of its own, with the same shards', async () => {
    await refresh(all);
    const before = advisories.stored;
    await refresh(all, NOW + 86_400);
    expect(advisories.stored?.digest).not.toBe(before?.digest);
    expect(advisories.stored?.index.shards).toEqual(before?.index.shards);
  });

  it('counts what it could not read, and is put into use all the same', async () => {
    await refresh(archiveOf([...RECORDS, { id: 'GHSA-9' }]));
    expect(advisories.stored?.index.unreadable).toEqual(['GHSA-9: "modified" is of another kind']);
    expect(counted).toMatchObject([[{}, { AdvisoriesUnreadable: 1 }]]);
  });

  it.each([
    ['is cut off', all.subarray(0, -1)],
    ['is a web page', Buffer.from('<html>captive portal</html>')],
    ['is empty', Buffer.of()],
    ['has no records', archiveOf([])],
    ['has only withdrawn records', archiveOf([{ ...UNMENDED, withdrawn: '2026-01-01T00:00:00Z' }])],
    ['has less than half of the records', archiveOf([UNMENDED])],
  ])('that %s leaves the snapshot of before in use', async (_, bytes) => {
    await refresh(all);
    const before = advisories.stored;
    await expect(refresh(bytes, NOW + 86_400)).rejects.toThrow();
    expect(advisories.stored).toBe(before);
    expect(counted).toHaveLength(1);
  });

  it('faults where another snapshot was put into use meanwhile', async () => {
    const other = new MemoryAdvisories();
    advisories.current = () => other.current();
    await refresh(all);
    await expect(refresh(all, NOW + 1)).rejects.toThrow('meanwhile; refresh again');
  });
});

describe('an import', () => {
  it('is as old as its upload, and the same however often it is told of', async () => {
    advisories.upload = { bytes: all, uploadedAt: NOW - 500 };
    const first = await refresh(Buffer.of(), NOW, 'import');
    expect(advisories.stored?.index.takenAt).toBe(NOW - 500);
    const second = await refresh(Buffer.of(), NOW + 86_400, 'import');
    expect(second).toEqual({ ...first, outcome: 'unchanged' });
    expect(advisories.stored && snapshotDigest(advisories.stored.index)).toBe(first.digest);
  });

  it('faults, naming the place, where nothing was uploaded', async () => {
    await expect(refresh(all, NOW, 'import')).rejects.toThrow('advisories/import/all.zip');
    expect(advisories.stored).toBeUndefined();
  });
});

it('takes no other event than the two it is started by', async () => {
  await expect(handler({ source: 'elsewhere' })).rejects.toThrow();
  await expect(handler({ source: 'download', url: 'https://example.com' })).rejects.toThrow();
});
