import type { ReleaseClaims } from '#aws/release-claims.ts';
import type { ObjectVersion } from '#domain/registry/keys.ts';
import type { ReleaseClaim } from '#domain/registry/version-record.ts';

type Settlement = Parameters<ReleaseClaims['settle']>[2];

/** Claims of uploads in memory: the first execution has one, and settles it once. */
export class MemoryClaims implements Pick<ReleaseClaims, 'get' | 'claim' | 'settle'> {
  readonly held = new Map<string, ReleaseClaim>();

  async get(tenant: string, object: ObjectVersion): Promise<ReleaseClaim | undefined> {
    return this.held.get(idOf(tenant, object));
  }

  async claim(object: ObjectVersion, claim: Omit<ReleaseClaim, 'outcome'>): Promise<boolean> {
    const id = idOf(claim.tenant, object);
    const held = this.held.get(id);
    if (!held) this.held.set(id, { ...claim, outcome: 'CLAIMED' });
    return !held || held.execution === claim.execution;
  }

  async settle(
    object: ObjectVersion,
    claim: Omit<ReleaseClaim, 'outcome'>,
    result: Settlement,
  ): ReturnType<ReleaseClaims['settle']> {
    const id = idOf(claim.tenant, object);
    const held = this.held.get(id);
    if (held?.outcome !== 'CLAIMED' || held.execution !== claim.execution) {
      return { ok: false, failed: ['claim'] };
    }
    this.held.set(id, { ...claim, ...result } as ReleaseClaim);
    return { ok: true };
  }
}

const idOf = (tenant: string, { bucket, key, versionId }: ObjectVersion): string =>
  [tenant, bucket, key, versionId].join('#');
