import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isBelievable } from '#domain/gates/scan/hdf5/judge-dataset.ts';
import { SCAN_LIMITS } from '#domain/gates/scan/limits.ts';
import { SparseSource } from '../fixture.ts';
import { FIXTURES, findingsOf, fixture, scanBytes, scanFixture, scanSource } from './fixture.ts';

const GOOD = FIXTURES.filter((name) => name.startsWith('good-'));

describe('an HDF5 file', () => {
  it.each(GOOD)('of good faith passes: %s', async (name) => {
    const report = await scanFixture(name);
    expect(findingsOf(report)).toEqual([]);
    expect(report.verdict).toBe('pass');
  });

  it.each(GOOD)('has its every byte known: %s', async (name) => {
    const { coverage } = await scanFixture(name);
    expect(coverage).toEqual({ parsed: fixture(name).length, present: fixture(name).length });
  });

  it.each(['odd-paged.h5', 'odd-changed.h5'])(
    'with remains of what it was is inconclusive: %s',
    async (name) => {
      const report = await scanFixture(name);
      expect(findingsOf(report)).toEqual([
        expect.stringMatching(`^inconclusive hdf5.hole ${name}@\\d+$`),
      ]);
      expect(report.coverage.parsed).toBeLessThan(report.coverage.present);
    },
  );

  it('of too many levels is inconclusive', async () => {
    const report = await scanFixture('odd-deep.h5');
    expect(findingsOf(report).map((finding) => finding.split(' ').slice(0, 2))).toEqual([
      ['inconclusive', 'hdf5.limit'],
    ]);
  });

  it.each([
    [1032 * 65_536 - 1, 0, true],
    [1032 * 65_536, 0, true],
    [1032 * 65_536 + 1, 0, false],
    [1032 * 65_537, 65_537, true],
    [1032 * 65_537 + 1, 65_537, false],
    [2 ** 53, 1, false],
  ])('calling for %i bytes of %i stored ones is believed: %s', (declared, stored, expected) => {
    expect(isBelievable(declared, stored)).toBe(expected);
  });

  it('is judged within a .keras archive', async () => {
    const { members } = await scanFixture('good-model.keras');
    expect(members).toContainEqual(
      expect.objectContaining({
        where: 'good-model.keras!model.weights.h5',
        format: 'HDF5 file',
        verdict: 'pass',
      }),
    );
  });
});

/** A group to which a link to elsewhere is added leaves its old form behind. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  'external-link': ['fail hdf5.external-link @', 'inconclusive hdf5.hole @@136'],
  'external-link-latest': ['fail hdf5.external-link @'],
  'external-file': ['fail hdf5.external-file @!/a'],
  'external-file-latest': ['fail hdf5.external-file @!/a'],
  virtual: ['fail hdf5.virtual @!/a', 'inconclusive hdf5.hole @@2048'],
  'soft-link': ['fail hdf5.soft-link @'],
  'soft-link-latest': ['fail hdf5.soft-link @'],
  'soft-loop': ['fail hdf5.soft-link @', 'fail hdf5.soft-link @'],
  'soft-through': [
    'fail hdf5.external-link @',
    'fail hdf5.soft-link @',
    'inconclusive hdf5.hole @@136',
  ],
  'own-link': ['fail hdf5.link @', 'inconclusive hdf5.hole @@136'],
  'pickle-attribute': pickleAt('!/@p'),
  'pickle-numbers': pickleAt('!/@p'),
  'pickle-dataset': pickleAt('!/p'),
  'pickle-packed': pickleAt('!/p'),
  'pickle-packed-latest': pickleAt('!/p'),
  'pickle-ragged': pickleAt('!/p'),
  'pickle-text': ['fail pickle.dangerous-global @!/@p@0', 'fail pickle.call @!/@p@19'],
  'plugin-filter': ['inconclusive hdf5.filter @!/a'],
  bomb: ['fail hdf5.shape @!/a'],
  'bomb-latest': ['fail hdf5.shape @!/a'],
  bombs: ['fail hdf5.shape @'],
  template: ['fail metadata.code @!/@chat_template'],
  lambda: ['fail keras.unsafe-layer @!/@model_config'],
  'lambda-latest': ['fail keras.unsafe-layer @!/@model_config'],
  'old-lambda': ['fail keras.unsafe-layer @!/@model_config'],
  'saved-model': [
    'fail keras.unsafe-layer @!/@model_config',
    'fail keras.file-reference @!/@model_config',
  ],
  module: ['fail keras.module @!/@model_config'],
  custom: ['inconclusive keras.custom-object @!/@model_config'],
  loss: ['inconclusive keras.custom-object @!/@training_config'],
  'config-twice': ['inconclusive json.malformed @!/@model_config@18'],
  'config-broken': ['inconclusive json.malformed @!/@model_config@1'],
  size: ['fail hdf5.shape @!/a'],
  bounds: ['fail hdf5.bounds @!/a'],
  overlap: ['fail hdf5.overlap @@40'],
  trailing: ['fail hdf5.trailing-bytes @@0'],
  truncated: ['fail hdf5.truncated @@0'],
  unwritten: ['fail hdf5.shape @!/a'],
  'short-chunk': ['fail hdf5.chunk @!/c@2304'],
  inflating: ['fail hdf5.chunk @!/c@2304'],
  'user-block': ['fail hdf5.user-block @@0'],
  checksum: ['fail hdf5.checksum @@48'],
};

function pickleAt(where: string): string[] {
  return [`fail pickle.dangerous-global @${where}@28`, `fail pickle.call @${where}@37`];
}

describe('an HDF5 file of bad faith is found out:', () => {
  it('each has an expectation', () => {
    const bad = FIXTURES.filter((name) => name.startsWith('bad-'));
    expect(bad.sort()).toEqual(
      Object.keys(EXPECTED)
        .map((name) => `bad-${name}.h5`)
        .sort(),
    );
  });

  it.each(Object.entries(EXPECTED))('%s', async (name, expected) => {
    const path = `bad-${name}.h5`;
    const found = findingsOf(await scanFixture(path));
    expect(found).toEqual(expected.map((finding) => finding.replace('@', path)));
  });
});

describe('reading is bounded:', () => {
  it('by the time for scanning', async () => {
    let asked = 0;
    const report = await scanFixture('good-latest.h5', { outOfTime: () => ++asked > 5 });
    expect(report.verdict).toBe('inconclusive');
    expect(findingsOf(report)).toContain('inconclusive scan.time good-latest.h5');
  });

  it('by the bytes that chunks unpack to', async () => {
    const limits = { ...SCAN_LIMITS, memberBytes: 4 };
    expect(findingsOf(await scanFixture('good-earliest.h5', { limits }))).toContainEqual(
      expect.stringMatching(/^inconclusive hdf5\.limit good-earliest\.h5!\/packed@\d+$/),
    );
  });

  it('by what texts take', async () => {
    const limits = { ...SCAN_LIMITS, textBytes: 63 };
    expect(findingsOf(await scanFixture('good-latest.h5', { limits }))).toContain(
      'inconclusive hdf5.limit good-latest.h5!/words',
    );
  });

  it('without a decompressor packed texts are inconclusive', async () => {
    const report = await scanFixture('bad-pickle-packed.h5', { decompressors: {} });
    expect(findingsOf(report)).toEqual([
      'inconclusive archive.no-decompressor bad-pickle-packed.h5!/p',
    ]);
  });
});

describe('bytes that belong to nothing', () => {
  const withHole = (size: number, fill: number): Uint8Array => {
    const good = fixture('good-empty.h5');
    const bytes = new Uint8Array(good.length + size);
    bytes.set(good);
    bytes.fill(fill, good.length);
    // The end of the file, in a superblock of version 0.
    new DataView(bytes.buffer).setBigUint64(40, BigInt(bytes.length), true);
    return bytes;
  };

  it('are free space while they are zero', async () => {
    const report = await scanBytes('m.h5', withHole(1_000_000, 0));
    expect(report.verdict).toBe('pass');
    expect(report.coverage.parsed).toBe(report.coverage.present);
  });

  it('are a finding with a single other bit', async () => {
    const bytes = withHole(1_000_000, 0);
    bytes[700_000] = 1;
    const report = await scanBytes('m.h5', bytes);
    expect(findingsOf(report)).toEqual(['inconclusive hdf5.hole m.h5@700000']);
    expect(report.coverage).toEqual({ parsed: 700_000, present: 1_000_800 });
  });

  it('are judged as what they are', async () => {
    const bytes = withHole(40, 0);
    bytes.set(new TextEncoder().encode("cos\nsystem\n(S'id'\ntR."), 804);
    expect((await scanBytes('m.h5', bytes)).verdict).toBe('fail');
  });
});

describe('a changed HDF5 file', () => {
  const small = FIXTURES.filter((name) => fixture(name).length < 130_000);

  it.each(small)('%s is judged without a fault, with bounded reads', async (name) => {
    const good = fixture(name);
    const change = fc.record({ at: fc.nat(good.length - 1), to: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
        const changed = good.slice();
        for (const { at, to } of changes) changed[at] = to;
        const source = new SparseSource(changed.length, [[0, changed]]);
        expect((await scanSource(name, source)).checks.length).toBeGreaterThan(0);
        expect(source.bytesRead).toBeLessThan(12 * good.length + 1024);
      }),
      { numRuns: 40 },
    );
  });

  it.each(['good-keras.h5', 'good-empty.h5', 'good-user-block.h5'])(
    '%s is judged without a fault wherever it ends',
    async (name) => {
      const good = fixture(name);
      await fc.assert(
        fc.asyncProperty(fc.nat(good.length - 1), async (length) => {
          expect((await scanBytes(name, good.subarray(0, length))).verdict).not.toBe('error');
        }),
        { numRuns: 60 },
      );
    },
  );
});
