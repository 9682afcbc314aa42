import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sourceOf } from '#domain/gates/scan/byte-source.ts';
import { crc32 } from '#domain/gates/scan/crc32.ts';
import { FormatError } from '#domain/gates/scan/format-error.ts';
import { SCAN_LIMITS } from '#domain/gates/scan/limits.ts';
import { DEFAULT_SCAN_POLICY } from '#domain/gates/scan/policy.ts';
import { unpack } from '#domain/gates/scan/unpack.ts';
import { NODE_DECOMPRESSORS } from '#node/decompressors.ts';
import {
  findingsOf,
  fixture,
  SparseSource,
  scanBytes,
  scanFixture,
  scanSource,
  utf8,
} from './fixture.ts';

const FIXTURES = readdirSync(new URL('fixtures', import.meta.url));
const GOOD = FIXTURES.filter((name) => /^good.*\.(?:zip|tar|gz)$/.test(name));

describe('an archive that only its makers could have written', () => {
  it.each(GOOD)('passes, and every byte is accounted for: %s', async (name) => {
    const report = await scanFixture(name);
    expect(findingsOf(report)).toEqual([]);
    expect(report.verdict).toBe('pass');
    expect(report.coverage).toEqual({
      parsed: fixture(name).length,
      present: fixture(name).length,
    });
  });

  it('is reported with everything in it', async () => {
    const { members } = await scanFixture('good-nested.zip');
    expect(members.map(({ where, format }) => `${where}: ${format}`)).toEqual([
      'good-nested.zip: ZIP archive',
      'good-nested.zip!inner.zip: ZIP archive',
      'good-nested.zip!inner.zip!a.txt: text',
      'good-nested.zip!inner.zip!folder/b.txt: text',
    ]);
  });
});

describe('an archive that two programs would read differently', () => {
  it.each([
    ['bad-name-differs.zip', 'zip.header-mismatch', '@0'],
    ['bad-size-differs.zip', 'zip.header-mismatch', '@0'],
    ['bad-method-differs.zip', 'zip.header-mismatch', '@0'],
    ['bad-crc.zip', 'zip.crc', '!a.txt'],
    ['bad-prefix.zip', 'zip.end', '@538'],
    ['bad-prefix-corrected.zip', 'zip.unreferenced-bytes', '@0'],
    ['bad-hidden-entry.zip', 'zip.unreferenced-bytes', '@0'],
    ['bad-gap.zip', 'zip.unreferenced-bytes', '@211'],
    ['bad-overlap.zip', 'zip.overlap', '@0'],
    ['bad-encrypted.zip', 'archive.encrypted', '@422'],
    ['bad-duplicate.zip', 'archive.duplicate', '@303'],
    ['bad-duplicate-dot.zip', 'archive.duplicate', '@305'],
    ['bad-traversal.zip', 'archive.name', '@224'],
    ['bad-absolute.zip', 'archive.name', '@217'],
    ['bad-drive.zip', 'archive.name', '@218'],
    ['bad-backslash.zip', 'archive.name', '@210'],
    ['bad-symlink.zip', 'archive.link', '@45'],
    ['bad-two-ends.zip', 'zip.ambiguous-end', '@546'],
    ['bad-zip64-differs.zip', 'zip.end', '@366'],
    ['bad-truncated.zip', 'zip.truncated', ''],
    ['bad-count.zip', 'zip.directory', '@422'],
    ['bad-after-stream.zip', 'zip.unreferenced-bytes', '!a.txt'],
    ['bad-second-name.zip', 'zip.second-name', '@228'],
    ['bad-behind-text.txt', 'zip.end', '@700'],
    ['bad-symlink.tar', 'archive.link', '@0'],
    ['bad-hardlink.tar', 'archive.link', '@0'],
    ['bad-device.tar', 'archive.link', '@0'],
    ['bad-traversal.tar', 'archive.name', '@0'],
    ['bad-traversal-pax.tar', 'archive.name', '@1024'],
    ['bad-duplicate.tar', 'archive.duplicate', '@1024'],
    ['bad-truncated.tar', 'tar.truncated', '@1024'],
    ['bad-after-end.tar', 'tar.unreferenced-bytes', '@1024'],
    ['bad-nested.tar.gz', 'archive.name', '!gzip!inner.zip@210'],
    ['bad-after-stream.gz', 'gzip.malformed', ''],
    ['bad-broken.gz', 'gzip.malformed', ''],
  ])('fails, and is told where: %s', async (name, id, where) => {
    const report = await scanFixture(name);
    expect(findingsOf(report)).toContain(`fail ${id} ${name}${where}`);
    expect(report.verdict).toBe('fail');
  });

  it('every malformed fixture is one of the above', () => {
    const bad = FIXTURES.filter((name) => /^bad.*\.(?:zip|tar|gz)$|^bad-behind/.test(name));
    expect(bad).toHaveLength(35);
  });
});

describe('what cannot be unpacked here', () => {
  it('is inconclusive when there is no decompressor', async () => {
    const report = await scanFixture('odd-zstd.zip');
    expect(findingsOf(report)).toEqual(['inconclusive archive.no-decompressor odd-zstd.zip!a.txt']);
    expect(report.coverage.parsed).toBeLessThan(report.coverage.present);
    const without = await scanFixture('good-deflated.zip', { decompressors: {} });
    expect(without.verdict).toBe('inconclusive');
  });

  it.each([
    ['odd-bomb.zip', { ratio: 250 }],
    ['odd-bomb.zip', { memberBytes: 1_000_000, ratio: 2000 }],
    ['good-deflated.zip', { unpackedBytes: 300 }],
    ['good-stored.zip', { entries: 1 }],
    ['good-gnu.tar', { entries: 1 }],
    ['good-nested.zip', { depth: 1 }],
  ])('is inconclusive beyond a limit: %s with %j', async (name, limits) => {
    const report = await scanFixture(name, { limits: { ...SCAN_LIMITS, ...limits } });
    expect(report.verdict).toBe('inconclusive');
    expect(findingsOf(report).join()).toContain('archive.limit');
  });

  it('is inconclusive once the time is over', async () => {
    const report = await scanFixture('good-stored.zip', { outOfTime: () => true });
    expect(findingsOf(report)).toEqual(['inconclusive scan.time good-stored.zip']);
    expect(report.coverage.parsed).toBe(0);
  });

  it('is inconclusive from the member on at which the time is over', async () => {
    let asked = 0;
    const outOfTime = () => ++asked > 2;
    const report = await scanFixture('good-stored.zip', { outOfTime });
    expect(findingsOf(report)).toEqual(['inconclusive scan.time good-stored.zip!folder/b.txt']);
  });

  it('is nothing that a fault in reading could pass for', async () => {
    const broken = { size: 10, read: () => Promise.reject(new Error('connection reset')) };
    const scan = {
      limits: SCAN_LIMITS,
      decompressors: NODE_DECOMPRESSORS,
      spent: { entries: 0, unpackedBytes: 0 },
    };
    await expect(unpack(broken, 'gzip', scan)).rejects.toThrow('connection reset');
    const wrong = sourceOf(utf8('no deflate stream'));
    await expect(unpack(wrong, 'deflate', scan)).rejects.toThrow(FormatError);
  });

  it.each([
    ['7z', [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, 0, 4], 'inconclusive format.unread'],
    ['ELF', [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0], 'fail code.program'],
    ['noise', [0xd1, 0x00, 0x9f, 0x03, 0xff, 0x10, 0x22, 0x01], 'inconclusive format.unknown'],
  ])('is never passed over in silence: %s', async (_, bytes, expected) => {
    expect(findingsOf(await scanBytes('model.bin', Uint8Array.from(bytes)))).toEqual([
      `${expected} model.bin`,
    ]);
  });
});

it('an artifact without files is inconclusive', async () => {
  const { scanArtifact } = await import('#domain/gates/scan/scan-artifact.ts');
  expect((await scanArtifact([])).verdict).toBe('inconclusive');
});

it('a name can only make things worse: code is no plain text', async () => {
  expect((await scanBytes('notes.txt', utf8('print(1)\n'))).verdict).toBe('pass');
  expect(findingsOf(await scanBytes('loader.py', utf8('print(1)\n')))).toEqual([
    'inconclusive code.source loader.py',
  ]);
});

it('lists no more checks than fit in a result, worst first', async () => {
  const files = Array.from({ length: 600 }, (_, index) => ({
    path: `f${index}.${index === 599 ? 'py' : 'txt'}`,
    source: { size: 1, read: async () => utf8('x') },
  }));
  const { scanArtifact, MOST_CHECKS } = await import('#domain/gates/scan/scan-artifact.ts');
  const { checks } = await scanArtifact(files);
  expect(checks[0]?.id).toBe('code.source');
  expect(checks).toHaveLength(MOST_CHECKS + 1);
  expect(checks.at(-1)).toMatchObject({ id: 'scan.more', observed: 100, verdict: 'pass' });
});

describe('a torch archive of 5 GB', () => {
  const GIB = 1024 ** 3;
  const size = 5 * GIB;

  it('is judged with few reads', async () => {
    const { source } = sparseTorchZip(size);
    const report = await scanSource('model.pt', source);
    expect(report.members.map(({ where, format }) => `${where}: ${format}`)).toContain(
      'model.pt!m/data/0: tensor data',
    );
    expect(source.reads).toBeLessThan(12);
    expect(source.bytesRead).toBeLessThan(2_000_000);
    expect(report.coverage).toEqual({ parsed: source.size, present: source.size });
    expect(findingsOf(report)).toEqual(['inconclusive pickle.quarantined model.pt!m/data.pkl']);
  });

  it('passes where the policy judges pickles', async () => {
    const policy = { ...DEFAULT_SCAN_POLICY, pickle: 'judge' } as const;
    const report = await scanSource('model.pt', sparseTorchZip(size).source, { policy });
    expect(findingsOf(report)).toEqual([]);
    expect(report.verdict).toBe('pass');
  });

  it('fails when a storage has another size than the pickle says', async () => {
    const { source } = sparseTorchZip(size, 1000);
    expect(findingsOf(await scanSource('model.pt', source))).toContain(
      'fail torch.storage model.pt!m/data/0',
    );
  });
});

/** `('storage', torch.FloatStorage, '0', 'cpu', elements)` as a persistent id. */
function storagePickle(elements: number): Uint8Array {
  const count = new DataView(new ArrayBuffer(4));
  count.setInt32(0, elements, true);
  return concat(
    utf8('(U\x07storagectorch\nFloatStorage\nU\x010U\x03cpuJ'),
    new Uint8Array(count.buffer),
    utf8('tQ.'),
  );
}

/** `m/data.pkl` and `m/data/0`, of `bytes` zeros with ZIP64 sizes. */
function sparseTorchZip(bytes: number, elements = bytes / 4) {
  const pickle = storagePickle(elements);
  const field = new DataView(new ArrayBuffer(20));
  field.setUint16(0, 1, true);
  field.setUint16(2, 16, true);
  field.setBigUint64(4, BigInt(bytes), true);
  field.setBigUint64(12, BigInt(bytes), true);
  const zip64 = new Uint8Array(field.buffer);
  const local = (name: string, extra: Uint8Array, size: number) => {
    const head = new DataView(new ArrayBuffer(30));
    head.setUint32(0, 0x04034b50, true);
    head.setUint32(14, size > 0 ? crc32(pickle) : 0, true);
    for (const at of [18, 22]) head.setUint32(at, size, true);
    if (extra.length > 0) for (const at of [18, 22]) head.setUint32(at, 0xffffffff, true);
    head.setUint16(26, name.length, true);
    head.setUint16(28, extra.length, true);
    return concat(new Uint8Array(head.buffer), utf8(name), extra);
  };
  const central = (name: string, extra: Uint8Array, at: number, size: number) => {
    const head = new DataView(new ArrayBuffer(46));
    head.setUint32(0, 0x02014b50, true);
    head.setUint32(16, size > 0 ? crc32(pickle) : 0, true);
    for (const from of [20, 24]) head.setUint32(from, size, true);
    if (extra.length > 0) for (const from of [20, 24]) head.setUint32(from, 0xffffffff, true);
    head.setUint16(28, name.length, true);
    head.setUint16(30, extra.length, true);
    head.setUint32(42, at, true);
    return concat(new Uint8Array(head.buffer), utf8(name), extra);
  };
  const none = new Uint8Array(0);
  const first = concat(local('m/data.pkl', none, pickle.length), pickle);
  const second = local('m/data/0', zip64, 0);
  const directory = concat(
    central('m/data.pkl', none, 0, pickle.length),
    central('m/data/0', zip64, first.length, 0),
  );
  const start = first.length + second.length + bytes;
  const record = new DataView(new ArrayBuffer(56 + 20 + 22));
  record.setUint32(0, 0x06064b50, true);
  record.setBigUint64(4, 44n, true);
  record.setBigUint64(24, 2n, true);
  record.setBigUint64(32, 2n, true);
  record.setBigUint64(40, BigInt(directory.length), true);
  record.setBigUint64(48, BigInt(start), true);
  record.setUint32(56, 0x07064b50, true);
  record.setBigUint64(64, BigInt(start + directory.length), true);
  record.setUint32(72, 1, true);
  record.setUint32(76, 0x06054b50, true);
  for (const at of [84, 86]) record.setUint16(at, 2, true);
  for (const at of [88, 92]) record.setUint32(at, 0xffffffff, true);
  const end = new Uint8Array(record.buffer);
  const source = new SparseSource(start + directory.length + end.length, [
    [0, concat(first, second)],
    [start, concat(directory, end)],
  ]);
  return { source };
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

describe('a pickle without a signature', () => {
  it.each([
    ["cos\nsystem\n(S'id'\ntR.", 'fail'],
    ["cos\nsystem\n(S'id'\ntR", 'fail'],
    ["(S'id'\nios\nsystem\n.", 'fail'],
    ['(lp0\n.', 'inconclusive'],
  ])('is known by what it does: %j', async (text, verdict) => {
    const report = await scanBytes('notes.txt', utf8(text));
    expect(report.members[0]?.format).toBe('pickle');
    expect(report.verdict).toBe(verdict);
  });

  it.each([
    'cat\ndog\nfish\n',
    'class,a,b\n1,2,3\n',
    'Name,Score\nx,1\n',
    'import os\nimport sys\n\nos.getcwd()\n',
    'cos\nsin\ntan\n',
  ])('is not seen in a text: %j', async (text) => {
    expect((await scanBytes('labels.txt', utf8(text))).verdict).toBe('pass');
  });
});

describe('an archive with a few bytes changed', () => {
  it.each([
    'good-deflated.zip',
    'good-nested.zip',
    'good-zip64.zip',
    'good-pax.tar',
    'good.tar.gz',
  ])('is judged without a fault, with bounded reads: %s', async (name) => {
    const bytes = fixture(name);
    const change = fc.record({
      at: fc.nat(bytes.length - 1),
      to: fc.nat(255),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
        const changed = bytes.slice();
        for (const { at, to } of changes) changed[at] = to;
        const source = new SparseSource(changed.length, [[0, changed]]);
        const report = await scanSource(name, source);
        expect(report.checks.length).toBeGreaterThan(0);
        expect(source.bytesRead).toBeLessThan(4 * bytes.length + 1024);
      }),
      { numRuns: 150 },
    );
  });

  it('never passes when it was cut off', async () => {
    const bytes = fixture('good-deflated.zip');
    for (let length = 4; length < bytes.length; length += 1) {
      const { verdict } = await scanBytes('a.zip', bytes.subarray(0, length));
      expect(verdict, `${length} bytes`).not.toBe('pass');
    }
  });
});
