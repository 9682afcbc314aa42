import type { Measured } from '#domain/gates/performance/measured.ts';
import type { Predictions } from '#domain/gates/performance/predictions.ts';
import { type Columns, type Feature, shifted } from './features.ts';
import { spread } from './loss.ts';
import { ofRows, type Subject } from './subject.ts';

export interface Attacked {
  /** Rows whose answer turned, over all rows of the sample: a lower bound. */
  readonly flipShare: number;
  readonly rows: number;
  /** The rows nearest to the boundary, which were attacked. */
  readonly attacked: number;
  /** Features that the search moves: categories stay, and whole numbers with smaller steps than 1. */
  readonly moved: number;
  /** Smallest step found that turns an answer, median over the turned, in standard deviations. */
  readonly medianStepSd?: number;
}

/** A number has turned when it moved by more than half the target's standard deviation. */
const TURNED_SD = 0.5;
/** The step found is exact to 1/2^6 of the largest allowed. */
const HALVINGS = 6;

/**
 * Searches hard negatives: on the `limit` rows nearest to the decision boundary, one feature
 * after another moves by up to `stepSd` of its standard deviations, or not at all, as brings the
 * answer closest to another. Black-box coordinate search with a finite step; exact for an
 * additive model, for others a lower bound of what an adversary does (compare ZOO, Chen et al.
 * 2017, arXiv 1708.03999). Then the straight way there is halved for the smallest step.
 */
export async function measureAttack(
  whole: Subject,
  base: Predictions,
  stepSd: number,
  limit: number,
  probed: readonly number[],
): Promise<Measured<Attacked>> {
  const margins = marginsOf(whole, base, base);
  const nearest = Array.from(margins, (margin, row) => ({ margin, row }))
    .sort((a, b) => a.margin - b.margin || a.row - b.row)
    .slice(0, limit)
    .map(({ row }) => row);
  const near = ofRows(whole, nearest);
  const from = rowsOf(base, nearest);
  const turned = async (columns: Columns): Promise<Measured<Float64Array>> => {
    const answers = await near.answer(columns);
    return answers.ok ? { ok: true, value: marginsOf(near, from, answers.value) } : answers;
  };
  const found = await search(near, stepSd, probed, turned);
  if (!found.ok) return found;
  const { columns, margins: reached } = found.value;
  const flips = [...reached.keys()].filter((row) => (reached[row] as number) < 0);
  const steps = await smallest(near.columns, columns, flips, turned);
  if (!steps.ok) return steps;
  const ordered = flips.map((row) => stepSd * (steps.value[row] as number)).sort((a, b) => a - b);
  const medianStepSd = ordered[Math.ceil(ordered.length / 2) - 1];
  return {
    ok: true,
    value: {
      flipShare: flips.length / whole.rows,
      rows: whole.rows,
      attacked: near.rows,
      moved: probed.filter((at) => stepOf(whole.features[at] as Feature, stepSd) > 0).length,
      ...(medianStepSd !== undefined && { medianStepSd }),
    },
  };
}

type Turned = (columns: Columns) => Promise<Measured<Float64Array>>;

async function search(
  { features, columns }: Subject,
  stepSd: number,
  probed: readonly number[],
  turned: Turned,
): Promise<Measured<{ columns: Columns; margins: Float64Array }>> {
  const start = await turned(columns);
  if (!start.ok) return start;
  const margins = start.value.slice();
  const moved = columns.map((values) => values.slice());
  for (const at of probed) {
    const feature = features[at] as Feature;
    const step = stepOf(feature, stepSd);
    const values = moved[at] as Float64Array;
    const original = columns[at] as Float64Array;
    if (step === 0) continue;
    for (const signed of [step, -step]) {
      const tried = await turned(
        moved.with(
          at,
          original.map((value) => shifted(feature, value, signed)),
        ),
      );
      if (!tried.ok) return tried;
      tried.value.forEach((margin, row) => {
        if (margin >= (margins[row] as number)) return;
        margins[row] = margin;
        values[row] = shifted(feature, original[row] as number, signed);
      });
    }
  }
  return { ok: true, value: { columns: moved, margins } };
}

const stepOf = ({ kind, sd }: Feature, stepSd: number): number =>
  kind === 'category' ? 0 : kind === 'whole' ? Math.floor(stepSd * sd) : stepSd * sd;

/** For each row that turned, the least share of its way that still turns it. */
async function smallest(
  from: Columns,
  to: Columns,
  flips: readonly number[],
  turned: Turned,
): Promise<Measured<Float64Array>> {
  const rows = from[0]?.length ?? 0;
  const high = new Float64Array(rows).fill(1);
  const low = new Float64Array(rows);
  for (let i = 0; i < HALVINGS && flips.length > 0; i++) {
    const middle = high.map((share, row) => (share + (low[row] as number)) / 2);
    const between = from.map((values, at) =>
      values.map(
        (value, row) => value + (middle[row] as number) * ((to[at]?.[row] ?? value) - value),
      ),
    );
    const margins = await turned(between);
    if (!margins.ok) return margins;
    for (const row of flips) {
      const side = (margins.value[row] as number) < 0 ? high : low;
      side[row] = middle[row] as number;
    }
  }
  return { ok: true, value: high };
}

/**
 * How far each answer is from another than it was; below 0 it is another. Of scores the lead of
 * the first answer over the next class, of labels alone 1 or -1, of numbers what is left of the
 * distance that counts as turned.
 */
function marginsOf({ truth }: Subject, first: Predictions, now: Predictions): Float64Array {
  if (first.kind === 'values' || now.kind === 'values' || truth.kind === 'values') {
    const [before, after] = [valuesOf(first), valuesOf(now)];
    const far = TURNED_SD * (truth.kind === 'values' ? spread(truth.values) || 1 : 1);
    return after.map((value, row) => far - Math.abs(value - (before[row] as number)));
  }
  const { predicted, probabilities } = now;
  const classes = truth.classes.length;
  return Float64Array.from(first.predicted, (label, row) => {
    const turned = predicted[row] !== label;
    const lead =
      probabilities && leadOf(probabilities.subarray(row * classes, (row + 1) * classes), label);
    if (lead === undefined) return turned ? -1 : 1;
    // Ties go by the label: a lead of 0 that is another answer has turned.
    return turned ? Math.min(lead, -Number.MIN_VALUE) : Math.max(lead, 0);
  });
}

const valuesOf = (answers: Predictions): Float64Array =>
  answers.kind === 'values' ? answers.values : new Float64Array();

function leadOf(scores: Float64Array, label: number): number | undefined {
  const own = scores[label];
  if (own === undefined) return undefined;
  let next = Number.NEGATIVE_INFINITY;
  scores.forEach((score, index) => {
    if (index !== label && score > next) next = score;
  });
  return own - next;
}

function rowsOf(answers: Predictions, rows: readonly number[]): Predictions {
  if (answers.kind === 'values') {
    return {
      kind: 'values',
      values: Float64Array.from(rows, (row) => answers.values[row] as number),
    };
  }
  return {
    kind: 'classes',
    predicted: Int32Array.from(rows, (row) => answers.predicted[row] as number),
  };
}
