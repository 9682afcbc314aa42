import { aboutVersion } from '#domain/audit/entry.ts';
import type { Reevaluation } from '#domain/gates/dependencies/reevaluation.ts';
import { reevaluationKey } from '#domain/registry/keys.ts';
import type { Subject } from '#domain/registry/subject.ts';
import type { RegistryTable, Written } from './registry-table.ts';
import type { Act } from './version-changes.ts';
import { put } from './writes.ts';

/** Keeps what running versions were found to be by newer advisories: the newest stands. */
export class Reevaluations {
  readonly #table: RegistryTable;

  constructor(table: RegistryTable) {
    this.#table = table;
  }

  get(subject: Subject): Promise<Reevaluation | undefined> {
    return this.#table.get(reevaluationKey(subject));
  }

  /** Refused where this snapshot, or a later one, has been recorded already. */
  record(reevaluation: Reevaluation, act: Act): Promise<Written> {
    const { digest, policyHash, snapshot, verdict, counts, vulnerable, result } = reevaluation;
    return this.#table.transact(
      {
        ...act,
        type: 'dependencies.reevaluated',
        ...aboutVersion(reevaluation),
        data: { verdict, vulnerable, counts, digest, policyHash, snapshot, result: result.sha256 },
      },
      [
        put(
          'reevaluation',
          reevaluationKey(reevaluation),
          { ...reevaluation },
          {
            condition: 'attribute_not_exists(PK) OR takenAt < :takenAt',
            values: { ':takenAt': reevaluation.takenAt },
          },
        ),
      ],
    );
  }
}
