import { expect, it } from 'vitest';
import type { Approval } from '#domain/access/approval.ts';
import { barredBy } from '#domain/experiments/eligible.ts';
import { STAGES } from '#domain/registry/stage.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';

const admission = { key: 'a', versionId: 'v', sha256: 'aa'.repeat(32) };
const version = (changes: Partial<VersionRecord>) =>
  ({ version: '1.1.0', digest: 'd', admission, ...changes }) as VersionRecord;
const approval = (changes: object = {}) =>
  ({ status: 'APPROVED', digest: 'd', ...changes }) as Approval;

it.each(STAGES)('a version in %s with an approval that stands', (state) => {
  const may = ['STAGING', 'PRODUCTION', 'DEPRECATED'].includes(state);
  expect(barredBy(version({ state }), approval()) === undefined).toBe(may);
});

it.each([
  ['no approval', undefined, /no approval/],
  ['one that is void', approval({ status: 'VOID' }), /VOID/],
  ['one of another digest', approval({ digest: 'e' }), /expected APPROVED/],
])('a version in STAGING takes no part with %s', (_, given, says) => {
  expect(barredBy(version({ state: 'STAGING' }), given)).toMatch(says);
  expect(barredBy(version({ state: 'DEPRECATED' }), given)).toBeUndefined();
});

it('no version takes part without an admission', () => {
  const { admission: _, ...bare } = version({ state: 'DEPRECATED' });
  expect(barredBy(bare as VersionRecord, undefined)).toMatch(/without an admission/);
});
