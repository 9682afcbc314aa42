import { describe, expect, it } from 'vitest';
import { severityOf, vectorScore } from '#domain/gates/dependencies/osv/severity.ts';
import { truth } from '../fixture.ts';

describe('vectorScore', () => {
  it.each([
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N', 6.1],
    ['CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N', 6.4],
    ['CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N', 3.1],
    ['CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H', 7.8],
    ['CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H', 9.9],
    ['CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N', 4.6],
  ])('scores %s as the examples of its specification do: %d', (vector, score) => {
    expect(vectorScore(vector)).toBe(score);
  });

  it.each([
    ['CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H', 10],
    ['CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N', 7.3],
    ['CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:L/VA:N/SC:N/SI:N/SA:N', 6.9],
    ['CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N', 7.7],
    ['CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N', 8.3],
  ])('scores %s as the examples of its specification do: %d', (vector, score) => {
    expect(vectorScore(vector)).toBe(score);
  });

  it.each([
    'CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N',
    'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N',
  ])('scores %s, which harms nothing, 0', (vector) => {
    expect(vectorScore(vector)).toBe(0);
  });

  it('scores vectors of CVSS 3.0, 3.1 and 4.0 as an independent library does', () => {
    for (const [vector, score] of truth.scores) expect(vectorScore(vector), vector).toBe(score);
    expect(truth.scores.length).toBeGreaterThan(700);
  });

  it.each([
    '',
    'AV:N/AC:L/Au:N/C:P/I:P/A:P',
    'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H',
    'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:X/C:H/I:H/A:H',
    'CVSS:3.1/AV:N/AV:P/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
    'CVSS:3.1/AV:toString/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
    'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N',
    'CVSS:4.0/AV:NA/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N',
    'CVSS:5.0/AV:N',
  ])('has no score for "%s"', (vector) => {
    expect(vectorScore(vector)).toBeUndefined();
  });
});

describe('severityOf', () => {
  const LOW = 'CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N';
  const HIGH = 'CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H';

  it('takes the worst of several vectors', () => {
    expect(severityOf([LOW, HIGH], 'LOW')).toEqual({ score: 7.8, basis: HIGH });
  });

  it('takes a rating for the worst that it may stand for, when there is no vector', () => {
    expect(severityOf([], 'high')).toEqual({ score: 8.9, basis: 'rated high' });
    expect(severityOf(['medium'], 'CRITICAL')?.score).toBe(10);
  });

  it('says nothing when nothing is said', () => {
    expect(severityOf([], undefined)).toBeUndefined();
    expect(severityOf(['7.5'], 'unknown')).toBeUndefined();
  });
});
