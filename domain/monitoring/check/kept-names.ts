import { utf8ToBytes } from '@noble/hashes/utils.js';
import { NO_TRUTH, type TruthSums } from '#domain/monitoring/truth/truth-sums.ts';
import { OTHER } from '#domain/monitoring/truth/vocabulary.ts';

/**
 * Room for what clients name on one day: 7 days of both, and of 1.2 kB of probabilities, are 288 kB,
 * and the rows of each hour 5. All else of a state has less than 80, and DynamoDB takes 400.
 */
const LABELS_BYTES = 10_000;
const GROUPS_BYTES = 30_000;
/** Beside its name: quotes, colon, comma, and 16 digits. */
const LABEL_BYTES = 20;
/** Beside its names: 105 of JSON, and six numbers of 18 digits at most. */
const GROUP_BYTES = 105 + 6 * 18;

export interface KeptNames {
  readonly sums: TruthSums;
  /** Groups without room, whose rows are those of no group. */
  readonly groupsLeftOut: number;
}

/**
 * The sums of a day with as many names as there is room for: those that were kept before, then the
 * ones with the most rows. Labels without room are counted as one. A name costs the same however many
 * rows it has, and none that is kept goes: the room only shrinks, so that a name that was left out
 * stays out, and one that is new to the state is new to the day.
 *
 * @param classes that the version was judged on, the same in all its checks: they have their room
 *   before any of them came, so that names that clients make up do not take it
 */
export function keptNames(
  now: TruthSums,
  before: TruthSums = NO_TRUTH,
  classes: readonly string[] = [],
): KeptNames {
  const own = fitting(
    classes.map((name) => ({ name })),
    { room: LABELS_BYTES, each: LABEL_BYTES },
  );
  const isOwn = new Set(own.names.map(({ name }) => name));
  const named = Object.entries(now.labels)
    .filter(([label]) => label !== OTHER)
    .map(([name, rows]) => ({ name, rows }));
  const labels = [
    ...named.filter(({ name }) => isOwn.has(name)),
    ...placed(
      named.filter(({ name }) => !isOwn.has(name)),
      new Set(Object.keys(before.labels)),
      { room: own.left, each: LABEL_BYTES },
    ),
  ];
  const groups = placed(
    now.groups.map((group) => ({ name: nameOf(group), rows: group.rows, group })),
    new Set(before.groups.map(nameOf)),
    { room: GROUPS_BYTES, each: GROUP_BYTES },
  );
  const placedRows = labels.reduce((sum, { rows }) => sum + rows, 0);
  const others = Object.values(now.labels).reduce((sum, rows) => sum + rows, 0) - placedRows;
  const kept = labels.map(({ name, rows }) => [name, rows] as const);
  return {
    sums: {
      ...now,
      labels: Object.fromEntries(others > 0 ? [...kept, [OTHER, others]] : kept),
      groups: groups.map(({ group }) => group),
    },
    groupsLeftOut: now.groups.length - groups.length,
  };
}

const nameOf = ({ attribute, group }: TruthSums['groups'][number]): string =>
  JSON.stringify([attribute, group]);

interface Named {
  readonly name: string;
  readonly rows: number;
}

/** In bytes: what there is, and what a name costs beside itself. */
type Room = Readonly<Record<'room' | 'each', number>>;

function placed<T extends Named>(
  all: readonly T[],
  known: ReadonlySet<string>,
  room: Room,
): readonly T[] {
  const rank = ({ name }: T): number => (known.has(name) ? 0 : 1);
  const ranked = [...all].sort(
    (a, b) => rank(a) - rank(b) || b.rows - a.rows || (a.name < b.name ? -1 : 1),
  );
  return fitting(ranked, room).names;
}

/** Those that there is room for, and what room is left. */
function fitting<T extends Pick<Named, 'name'>>(all: readonly T[], { room, each }: Room) {
  let left = room;
  const names = all.filter(({ name }) => {
    const after = left - each - utf8ToBytes(JSON.stringify(name)).length;
    if (after < 0) return false;
    left = after;
    return true;
  });
  return { names, left };
}
