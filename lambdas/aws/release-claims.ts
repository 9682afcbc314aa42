import type { AuditEntry } from '#domain/audit/entry.ts';
import { claimKey, type ObjectVersion } from '#domain/registry/keys.ts';
import type { Problem } from '#domain/registry/problem.ts';
import type { ReleaseClaim } from '#domain/registry/version-record.ts';
import type { RegistryTable, Written } from './registry-table.ts';
import type { Act } from './version-changes.ts';
import { put, update } from './writes.ts';

type Unsettled = Omit<ReleaseClaim, 'outcome'>;

/** Lets one execution alone release an uploaded manifest, and keeps what became of it. */
export class ReleaseClaims {
  readonly #table: RegistryTable;

  constructor(table: RegistryTable) {
    this.#table = table;
  }

  get(tenant: string, object: ObjectVersion): Promise<ReleaseClaim | undefined> {
    return this.#table.get(claimKey(tenant, object));
  }

  /** True for the one execution that has the object version, however often it asks. */
  async claim(object: ObjectVersion, claim: Unsettled, act: Act): Promise<boolean> {
    const written = await this.#table.transact(entry('release.claimed', claim, act, object), [
      put('claim', claimKey(claim.tenant, object), { ...claim, outcome: 'CLAIMED' }),
    ]);
    if (written.ok) return true;
    const held = await this.get(claim.tenant, object);
    return held?.execution === claim.execution;
  }

  /** Settles a claim that did not end in a new version. */
  settle(
    object: ObjectVersion,
    claim: Unsettled,
    result:
      | { readonly outcome: 'KNOWN'; readonly version: string; readonly digest: string }
      | { readonly outcome: 'REJECTED' | 'FAULTED'; readonly problems: readonly Problem[] },
    act: Act,
  ): Promise<Written> {
    return this.#table.transact(entry('release.settled', claim, act, { ...object, ...result }), [
      update(
        'claim',
        claimKey(claim.tenant, object),
        { ...result },
        {
          condition: 'outcome = :claimed AND execution = :me',
          names: {},
          values: { ':claimed': 'CLAIMED', ':me': claim.execution },
        },
      ),
    ]);
  }
}

const entry = (
  type: AuditEntry['type'],
  { tenant, model, uploadId }: Unsettled,
  act: Act,
  data: object,
): AuditEntry => ({
  ...act,
  type,
  tenant,
  subject: `${tenant}/${model}`,
  data: { uploadId, ...data },
});
