import { concordanceWith, crossFitted, rankAucs } from './association.ts';
import type { Column, DatasetContract } from './contract.ts';

/** How much one feature alone tells about the label. */
export interface FeatureLeakage {
  readonly column: string;
  /**
   * 0.5 tells nothing, 1 everything: the area under the ROC curve, of more than two classes their
   * mean, of a regression the share of pairs in the same order. The greater of two: by the order
   * of the values, falling or rising, and by what each value means for rows with the same one.
   */
  readonly auc: number;
  /** Share of the rows with both in which the feature equals the label. */
  readonly copied: number;
}

export interface Leakage {
  /** Rows looked at: all that have a label, or a sample of them. */
  readonly rows: number;
  readonly sampled: boolean;
  /** Why nothing is known. */
  readonly unknown?: string;
  readonly features: readonly FeatureLeakage[];
}

export interface LeakageEvidence {
  readonly task: DatasetContract['label']['task'];
  /** NaN where a row has none. */
  readonly label: Float64Array;
  readonly features: readonly { readonly column: Column; readonly values: Float64Array }[];
  /** 0 or 1 for each row. */
  readonly halves: Uint8Array;
  readonly sampled: boolean;
}

/** Of fewer rows an area says nothing: 30 a side tell 0.98 from 0.9 (Hanley and McNeil 1982). */
const FEWEST = 30;
/** More classes are judged by their ten largest. */
const JUDGED_CLASSES = 10;

/** Looks at each feature alone. */
export function measureLeakage({
  task,
  label,
  features,
  halves,
  sampled,
}: LeakageEvidence): Leakage {
  const labelled = Uint32Array.from(label.keys()).filter((row) => !Number.isNaN(label[row]));
  const pick = (values: Float64Array) =>
    Float64Array.from(labelled, (row) => values[row] as number);
  const truth = pick(label);
  const half = Uint8Array.from(labelled, (row) => halves[row] as number);
  const telling = task === 'regression' ? byOrder(truth, half) : byClass(truth, half);
  const measured = { rows: labelled.length, sampled };
  if (telling === undefined) {
    const unknown = `fewer than ${FEWEST} of the ${labelled.length} rows looked at are on either side of the label`;
    return { ...measured, unknown, features: [] };
  }
  return {
    ...measured,
    features: features.map(({ column, values }) => {
      const chosen = pick(values);
      const ordered = column.type !== 'category' && column.type !== 'text';
      return { column: column.name, auc: telling(chosen, ordered), copied: copied(chosen, truth) };
    }),
  };
}

/** How much values tell about a label; only those with an order can tell by it. */
type Telling = (values: Float64Array, ordered: boolean) => number;

function byOrder(truth: Float64Array, halves: Uint8Array): Telling | undefined {
  if (truth.length < 2 * FEWEST || truth.every((value) => value === truth[0])) return undefined;
  const concordance = concordanceWith(truth);
  return (values, ordered) => {
    const present = values.filter((value) => !Number.isNaN(value)).length;
    const order = ordered && present >= 2 * FEWEST ? (concordance(values) ?? 0.5) : 0.5;
    const meaning = concordance(crossFitted(values, truth, halves)) ?? 0.5;
    return Math.max(order, 1 - order, meaning);
  };
}

function byClass(truth: Float64Array, halves: Uint8Array): Telling | undefined {
  const sizes = new Map<number, number>();
  for (const value of truth) sizes.set(value, (sizes.get(value) ?? 0) + 1);
  const indexes = new Map([...sizes.keys()].map((value, index) => [value, index]));
  const classes = Int32Array.from(truth, (value) => indexes.get(value) as number);
  const large = [...sizes]
    .filter(([, rows]) => rows >= FEWEST && truth.length - rows >= FEWEST)
    .sort(([a, mine], [b, others]) => others - mine || a - b)
    .slice(0, JUDGED_CLASSES)
    .map(([value]) => indexes.get(value) as number);
  /** Of two classes, what tells one tells the other. */
  const judged = sizes.size === 2 ? large.slice(0, 1) : large;
  if (judged.length === 0) return undefined;
  const isClass = (label: number) => Int32Array.from(classes, (one) => (one === label ? 1 : 0));
  const targets = judged.map((label) => isClass(label));
  return (values, ordered) => {
    const areas = ordered ? rankAucs(values, classes, sizes.size, FEWEST) : [];
    const order = judged.map((label) => {
      const area = areas[label] ?? 0.5;
      return Math.max(area, 1 - area);
    });
    const meaning = targets.map((target) => {
      const scores = crossFitted(values, Float64Array.from(target), halves);
      return rankAucs(scores, target, 2)[1] ?? 0.5;
    });
    return Math.max(mean(order), mean(meaning));
  };
}

const mean = (areas: readonly number[]): number =>
  areas.reduce((sum, area) => sum + area, 0) / areas.length;

function copied(values: Float64Array, truth: Float64Array): number {
  let [both, equal] = [0, 0];
  values.forEach((value, row) => {
    if (Number.isNaN(value)) return;
    both++;
    if (value === truth[row]) equal++;
  });
  return both < FEWEST ? 0 : equal / both;
}
