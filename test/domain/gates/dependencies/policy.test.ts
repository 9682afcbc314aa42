import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochDay } from '#domain/gates/dependencies/epoch-day.ts';
import { DEFAULT_DEPENDENCY_POLICY, DependencyPolicy } from '#domain/gates/dependencies/policy.ts';

const exception = {
  id: 'CVE-2026-0001',
  reason: 'the parser is never called',
  approvedBy: 'person-1',
  expires: '2026-12-31',
};
const accepts = (more: object) =>
  DependencyPolicy.safeParse({ ...DEFAULT_DEPENDENCY_POLICY, ...more }).success;

describe('DependencyPolicy', () => {
  it('allows no vulnerability and a week-old snapshot by default', () => {
    expect(accepts({})).toBe(true);
    expect(DEFAULT_DEPENDENCY_POLICY).toMatchObject({
      maxVulnerabilities: 0,
      scoreMin: 0,
      exceptions: [],
      snapshotMaxAgeDays: 7,
    });
  });

  it('takes an exception only with a reason, a person and a day on which it ends', () => {
    expect(accepts({ exceptions: [exception] })).toBe(true);
    for (const field of ['id', 'reason', 'approvedBy', 'expires']) {
      expect(accepts({ exceptions: [{ ...exception, [field]: '' }] }), field).toBe(false);
      expect(accepts({ exceptions: [{ ...exception, [field]: undefined }] }), field).toBe(false);
    }
    expect(accepts({ exceptions: [{ ...exception, expires: '2026-02-30' }] })).toBe(false);
    expect(accepts({ exceptions: [{ ...exception, forever: true }] })).toBe(false);
  });

  it.each([
    [{ maxVulnerabilities: -1 }],
    [{ maxVulnerabilities: 0.5 }],
    [{ scoreMin: 11 }],
    [{ snapshotMaxAgeDays: 0 }],
    [{ conda: 'ignore' }],
    [{ unknown: 1 }],
  ])('refuses %j', (more) => {
    expect(accepts(more)).toBe(false);
  });
});

describe('epochDay', () => {
  it('counts days as the calendar does', () => {
    const days = fc.integer({ min: 0, max: 200_000 });
    fc.assert(
      fc.property(days, (day) => {
        const date = new Date(day * 86_400_000).toISOString().slice(0, 10);
        expect(epochDay(date)).toBe(day);
      }),
    );
  });

  it.each([
    '2026-02-29',
    '2100-02-29',
    '2026-13-01',
    '2026-00-01',
    '2026-1-1',
    '1969-12-31',
    'soon',
  ])('knows no day "%s"', (date) => {
    expect(epochDay(date)).toBeUndefined();
  });
});
