import { describe, expect, it } from 'vitest';
import { SCAN_LIMITS } from '#domain/gates/scan/limits.ts';
import { DEFAULT_SCAN_POLICY } from '#domain/gates/scan/policy.ts';
import { findingsOf, fixture, scanBytes, scanFixture } from './fixture.ts';

const CODECS = ['bz2', 'xz', 'lzma', 'lz4'];
const policy = { ...DEFAULT_SCAN_POLICY, pickle: 'judge' } as const;

describe.each(CODECS)('a file compressed with %s', (codec) => {
  it('passes as what joblib wrote, and every byte is accounted for', async () => {
    const name = `packed-good.joblib.${codec}`;
    const report = await scanFixture(name, { policy });
    expect(findingsOf(report)).toEqual([]);
    expect(report.verdict).toBe('pass');
    expect(report.members[0]?.format).toBe(`pickle, compressed with ${codec}`);
    const bytes = fixture(name).length;
    expect(report.coverage).toEqual({ parsed: bytes, present: bytes });
  });

  it('fails for what lies inside', async () => {
    const name = `packed-bad.pkl.${codec}`;
    const report = await scanFixture(name, { policy });
    expect(report.verdict).toBe('fail');
    expect(findingsOf(report).join()).toContain(`${name}!${codec}`);
  });

  it('is opened when it is an archive', async () => {
    const { members, verdict } = await scanFixture(`packed-good.tar.${codec}`);
    expect(verdict).toBe('pass');
    expect(members.map(({ where }) => where)).toEqual([
      `packed-good.tar.${codec}`,
      `packed-good.tar.${codec}!${codec}`,
      `packed-good.tar.${codec}!${codec}!a.txt`,
    ]);
  });

  it('fails with bytes behind it', async () => {
    const bytes = fixture(`packed-good.tar.${codec}`);
    const longer = Uint8Array.from([...bytes, 1, 2, 3]);
    const report = await scanBytes('a.tar', longer);
    expect(findingsOf(report)).toEqual([`fail archive.trailing-bytes a.tar@${bytes.length}`]);
  });

  it('fails when it was cut off', async () => {
    const bytes = fixture(`packed-good.tar.${codec}`);
    const report = await scanBytes('a.tar', bytes.subarray(0, bytes.length - 1));
    expect(findingsOf(report)).toEqual([`fail ${codec}.malformed a.tar`]);
  });

  it('is inconclusive beyond a limit', async () => {
    const limits = { ...SCAN_LIMITS, memberBytes: 1000 };
    const report = await scanFixture(`packed-good.tar.${codec}`, { limits });
    expect(findingsOf(report)).toEqual([`inconclusive archive.limit packed-good.tar.${codec}`]);
  });

  it('is inconclusive when the time is over meanwhile', async () => {
    let asked = 0;
    const outOfTime = () => ++asked > 1;
    const report = await scanFixture(`packed-good.tar.${codec}`, { outOfTime });
    expect(findingsOf(report)).toEqual([`inconclusive scan.time packed-good.tar.${codec}`]);
  });
});

it('zstd is inconclusive, and said so', async () => {
  const bytes = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x01, 0x09, 0, 0, 0x78);
  const { checks } = await scanBytes('model.pkl', bytes);
  expect(checks).toMatchObject([
    {
      id: 'archive.no-decompressor',
      verdict: 'inconclusive',
      message: expect.stringContaining('with zstd'),
    },
  ]);
});
