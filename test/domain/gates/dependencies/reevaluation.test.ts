import { expect, it } from 'vitest';
import { isVulnerable } from '#domain/gates/dependencies/reevaluation.ts';
import type { Verdict } from '#domain/gates/verdict.ts';

const check = (id: string, verdict: Verdict) => ({ id, verdict, message: '' });

it.each([
  ['fail', true],
  ['inconclusive', true],
  ['error', true],
  ['pass', false],
] as const)('a vulnerability that is %s makes a version vulnerable: %s', (verdict, vulnerable) => {
  expect(isVulnerable([check('dependencies.vulnerability', verdict)])).toBe(vulnerable);
  expect(isVulnerable([check('dependencies.vulnerabilities', verdict)])).toBe(vulnerable);
});

it('what is merely not pinned makes it vulnerable to nothing', () => {
  expect(isVulnerable([check('dependencies.pinned', 'inconclusive')])).toBe(false);
  expect(isVulnerable([])).toBe(false);
});
