import type { PredictionProfile } from '#domain/gates/performance/reference-profile.ts';
import { type GroupTally, sumsOfTallies } from '#domain/monitoring/truth/sums-of-tallies.ts';
import type { Truth } from '#domain/monitoring/truth/truth.ts';
import type { TruthSums } from '#domain/monitoring/truth/truth-sums.ts';
import { addTallies, type Tally } from '#domain/monitoring/truth/truth-tally.ts';

/** `S#{version}#{hour}#{kind}#{shard}`, and the group after it. */
export type StoredSum = { readonly SK: string } & Readonly<Record<string, unknown>>;

type Kind = Truth['kind'];
type Hour = Readonly<Record<Kind, { rows: Tally; readonly groups: GroupTally[] }>>;

/** Stored sums of truths as they are read, put together by hour. */
export class StoredTruths {
  readonly #hours = new Map<number, Hour>();

  add(item: StoredSum): void {
    const [, , hour, kind] = item.SK.split('#');
    const sums = this.#at(Number(hour))[kind as Kind];
    const { attribute, group } = item;
    const tally = tallyIn(item);
    if (attribute === undefined) sums.rows = addTallies(sums.rows, tally);
    else sums.groups.push({ attribute: String(attribute), group: String(group), tally });
  }

  /** What is of the kind that the version answers; without its profile classes go first. */
  sums(predictions: PredictionProfile | undefined): ReadonlyMap<number, TruthSums> {
    const hasClasses = [...this.#hours.values()].some(({ classes }) => 'rows' in classes.rows);
    const kind: Kind = predictions?.kind ?? (hasClasses ? 'classes' : 'values');
    return new Map(
      [...this.#hours].flatMap(([hour, sums]) => {
        const { rows, groups } = sums[kind];
        return 'rows' in rows ? [[hour, sumsOfTallies(rows, groups, predictions)] as const] : [];
      }),
    );
  }

  #at(hour: number): Hour {
    const known = this.#hours.get(hour) ?? {
      classes: { rows: {}, groups: [] },
      values: { rows: {}, groups: [] },
    };
    this.#hours.set(hour, known);
    return known;
  }
}

const tallyIn = (item: StoredSum): Tally =>
  Object.fromEntries(
    Object.entries(item).flatMap(([name, value]) =>
      typeof value === 'bigint' && name !== 'expiresAt' ? [[name, value] as const] : [],
    ),
  );
