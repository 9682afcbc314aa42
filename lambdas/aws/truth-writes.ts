import type { GroupTally } from '#domain/monitoring/truth/sums-of-tallies.ts';
import type { Truth } from '#domain/monitoring/truth/truth.ts';
import {
  addTallies,
  groupTallyOf,
  type Tally,
  tallyOf,
} from '#domain/monitoring/truth/truth-tally.ts';
import {
  ATTRIBUTES,
  GROUPS,
  LABELS,
  OTHER,
  Vocabulary,
} from '#domain/monitoring/truth/vocabulary.ts';
import type { Action } from './sum-transaction.ts';

const LABELS_SET = 'labels';
const ATTRIBUTES_SET = 'attributes';
const groupsSet = (attribute: string): string => `in:${attribute}`;

/** What a transaction adds to one sum of truths and to the sums of its groups. */
export interface TruthSum {
  readonly rows: Tally;
  readonly groups: readonly GroupTally[];
  /** Names that the sum is to keep apart from now on. */
  readonly learned: ReadonlyMap<string, ReadonlySet<string>>;
}

/**
 * @param known names that the stored sum keeps apart already
 * @param own labels that the version was judged on: they have their place whatever came before
 */
export function sumTruths(
  truths: readonly Truth[],
  known?: ReadonlyMap<string, ReadonlySet<string>>,
  own: ReadonlySet<string> = NONE,
): TruthSum {
  const vocabulary = new Vocabulary(known);
  const called = (label: string) =>
    own.has(label) || vocabulary.has(LABELS_SET, label, LABELS) ? label : OTHER;
  const groups = new Map<string, GroupTally>();
  for (const truth of truths) {
    for (const [attribute, value] of Object.entries(truth.groups)) {
      if (!vocabulary.has(ATTRIBUTES_SET, attribute, ATTRIBUTES)) continue;
      const group = vocabulary.has(groupsSet(attribute), value, GROUPS) ? value : OTHER;
      const key = groupKey({ attribute, group });
      const tally = addTallies(groups.get(key)?.tally ?? {}, groupTallyOf(truth, called));
      groups.set(key, { attribute, group, tally });
    }
  }
  const rows = truths.map((truth) => tallyOf(truth, called)).reduce(addTallies, {});
  return { rows, groups: [...groups.values()], learned: vocabulary.learned };
}

const NONE: ReadonlySet<string> = new Set();

const groupKey = ({ attribute, group }: Pick<GroupTally, 'attribute' | 'group'>): string =>
  `${encodeURIComponent(attribute)}#${encodeURIComponent(group)}`;

interface Place {
  readonly table: string;
  readonly PK: string;
  readonly SK: string;
  readonly expiresAt: number;
}

/**
 * The sum first. It is refused where there is no room for what it would learn, and then tells what
 * it keeps apart.
 */
export const sumWrites = (place: Place, { rows, groups, learned }: TruthSum): readonly Action[] => [
  sumWrite(place, rows, learned),
  ...groups.map((group) => groupWrite(place, group)),
];

function sumWrite({ table, PK, SK, expiresAt }: Place, rows: Tally, learned: TruthSum['learned']) {
  const terms = new Terms();
  const adds = [...Object.entries(rows), ...learned].map(
    ([name, added]) => `${terms.name(name)} ${terms.value(added)}`,
  );
  const conditions = [...learned].map(([set, names]) => {
    const at = terms.name(set);
    const all = [...names].map((name) => `contains(${at}, ${terms.value(name)})`);
    const room = terms.value(mostOf(set) - names.size);
    return `(attribute_not_exists(${at}) OR size(${at}) <= ${room} OR (${all.join(' AND ')}))`;
  });
  return {
    Update: {
      TableName: table,
      Key: { PK, SK },
      UpdateExpression: `SET expiresAt = :until ADD ${adds.join(', ')}`,
      ...(conditions.length > 0 && {
        ConditionExpression: conditions.join(' AND '),
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
      }),
      ExpressionAttributeNames: terms.names,
      ExpressionAttributeValues: { ...terms.values, ':until': expiresAt },
    },
  };
}

function groupWrite({ table, PK, SK, expiresAt }: Place, of: GroupTally): Action {
  const { attribute, group, tally } = of;
  const terms = new Terms();
  const sets = Object.entries({ attribute, group }).map(
    ([name, value]) => `${terms.name(name)} = ${terms.value(value)}`,
  );
  const adds = Object.entries(tally).map(
    ([name, added]) => `${terms.name(name)} ${terms.value(added)}`,
  );
  return {
    Update: {
      TableName: table,
      Key: { PK, SK: `${SK}#${groupKey(of)}` },
      UpdateExpression: `SET expiresAt = :until, ${sets.join(', ')} ADD ${adds.join(', ')}`,
      ExpressionAttributeNames: terms.names,
      ExpressionAttributeValues: { ...terms.values, ':until': expiresAt },
    },
  };
}

const mostOf = (set: string): number =>
  set === LABELS_SET ? LABELS : set === ATTRIBUTES_SET ? ATTRIBUTES : GROUPS;

/** Names and values of an expression, which names that clients chose cannot be part of. */
class Terms {
  readonly names: Record<string, string> = {};
  readonly values: Record<string, unknown> = {};
  readonly #named = new Map<string, string>();

  name(of: string): string {
    const known = this.#named.get(of);
    if (known !== undefined) return known;
    const alias = `#n${this.#named.size}`;
    this.#named.set(of, alias);
    this.names[alias] = of;
    return alias;
  }

  value(of: unknown): string {
    const alias = `:v${Object.keys(this.values).length}`;
    this.values[alias] = of;
    return alias;
  }
}
