import type { AuditEntry } from '#domain/audit/entry.ts';
import type { Monitoring } from '#domain/monitoring/check/state.ts';
import { monitoringKey, outboxKey } from '#domain/registry/keys.ts';
import type { Subject } from '#domain/registry/subject.ts';
import type { RegistryTable, Written } from './registry-table.ts';
import { type Item, put } from './writes.ts';

type Model = Pick<Subject, 'tenant' | 'model'>;

/** How models in production fare: one item each, which their checks write. */
export class MonitoringStates {
  readonly #table: RegistryTable;

  constructor(table: RegistryTable) {
    this.#table = table;
  }

  async get(model: Model): Promise<Monitoring | undefined> {
    const item = await this.#table.get<Stored>(monitoringKey(model));
    return item && stateOf(item);
  }

  /** Those of at most 100 models that have been checked, in any order. */
  async many(models: readonly Model[]): Promise<readonly Monitoring[]> {
    const items = await this.#table.many<Stored>(models.map(monitoringKey));
    return items.map(stateOf);
  }

  /**
   * Writes what a check led to where the state that it was made from still stands, with all that it
   * is to be known by; `monitoring` names the condition.
   * @param seen the state that was read; undefined where there was none.
   */
  record(
    next: Monitoring,
    seen: Pick<Monitoring, 'rev'> | undefined,
    [entry, ...others]: readonly [AuditEntry, ...AuditEntry[]],
  ): Promise<Written> {
    return this.#table.transact(entry, [
      put(
        'monitoring',
        monitoringKey(next),
        { ...stored(next), rev: (seen?.rev ?? 0) + 1 },
        seen && { condition: 'rev = :rev', values: { ':rev': seen.rev } },
      ),
      ...others.map((other) => put('entry', outboxKey(other.id), { ...other })),
    ]);
  }
}

/**
 * Labels are text: clients choose their names, and the SDK's maps refuse `constructor` and lose
 * `__proto__`.
 */
type Stored = Omit<Monitoring, 'labels'> & { readonly labels?: string } & Item;

const stored = ({ labels, ...state }: Monitoring): Omit<Monitoring, 'labels'> => ({
  ...state,
  ...(labels && { labels: JSON.stringify(labels) }),
});

/** The state alone: it is handed on, and written again. */
const stateOf = ({ PK: _, SK: __, labels, ...state }: Stored): Monitoring => ({
  ...state,
  ...(labels !== undefined && { labels: JSON.parse(labels) }),
});
