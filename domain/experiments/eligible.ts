import type { Approval } from '#domain/access/approval.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';

/**
 * Why a version may not answer people in an experiment, undefined where it may: like one in a
 * rollout it was judged and approved, or it was in production before.
 */
export function barredBy(
  { version, state, admission, digest }: VersionRecord,
  approval: Approval | undefined,
): string | undefined {
  if (state !== 'STAGING' && state !== 'DEPRECATED' && state !== 'PRODUCTION') {
    return `${version} in ${state}, expected STAGING with an approval, DEPRECATED or PRODUCTION`;
  }
  if (!admission) return `${version} without an admission, expected one; release it first`;
  if (state !== 'STAGING') return undefined;
  return approval?.status === 'APPROVED' && approval.digest === digest
    ? undefined
    : `${version} in STAGING with ${approval ? `an approval that is ${approval.status}` : 'no approval'}, expected APPROVED; ask for votes first`;
}
