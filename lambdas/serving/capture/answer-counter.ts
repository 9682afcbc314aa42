import { type OutputPlan, planOutputs } from '#domain/gates/performance/output-roles.ts';
import type { PredictionProfile } from '#domain/gates/performance/reference-profile.ts';
import {
  binsOf,
  type FeatureCounts,
  noCounts,
  saturated,
} from '#domain/monitoring/statistics/bins.ts';
import { noScores, type ScoreCounts } from '#domain/monitoring/statistics/estimated-accuracy.ts';
import { answeredDistribution } from '#domain/monitoring/statistics/predictions.ts';
import type { Manifest } from '#domain/registry/manifest.ts';
import type { Tensor } from '#domain/serving/tensor.ts';
import { binAmong, NumericColumn, paddedEdges } from './numeric-column.ts';
import { numbersOf } from './tensor-numbers.ts';

type Outputs = ReadonlyMap<string, Tensor>;

/** Counts what a model answered, as far as the client asked for the outputs that say it. */
export interface AnswerCounter {
  readonly answers: FeatureCounts;
  readonly scores?: ScoreCounts;
  count(outputs: Outputs, rows: number): void;
}

/** Makes counters of answers; undefined where manifest or profile do not say what an answer is. */
export function answerCounters(
  { io, evaluation }: Pick<Manifest, 'io' | 'evaluation'>,
  predictions: PredictionProfile | undefined,
): (() => AnswerCounter) | undefined {
  const plan = evaluation && planOutputs(io, evaluation.task);
  if (!plan?.ok || predictions?.kind !== plan.value.kind) return undefined;
  const { value } = plan;
  if (value.kind === 'values') return () => new ValueCounter(value.output, predictions);
  return predictions.kind === 'classes' ? () => new ClassCounter(value, predictions) : undefined;
}

/** Of a regression: one number a row. */
class ValueCounter implements AnswerCounter {
  readonly answers: FeatureCounts;
  readonly #output: string;
  readonly #column: NumericColumn;

  constructor(output: string, predictions: PredictionProfile) {
    const bins = binsOf(answeredDistribution(predictions));
    this.answers = noCounts(bins);
    this.#output = output;
    this.#column = new NumericColumn(0, bins, this.answers);
  }

  count(outputs: Outputs, rows: number): void {
    const numbers = numbersIn(outputs, this.#output);
    if (numbers?.length !== rows) return;
    for (let row = 0; row < rows; row++) this.#column.count(numbers[row] as number);
  }
}

type ClassPlan = Extract<OutputPlan, { kind: 'classes' }>;
type ClassProfile = Extract<PredictionProfile, { kind: 'classes' }>;

/** Of a classification: as `readPredictions` reads classes, and the reference its scores. */
class ClassCounter implements AnswerCounter {
  readonly answers: FeatureCounts;
  readonly scores?: ScoreCounts;
  readonly #plan: ClassPlan;
  /** Of each class, and of what is none at the end. */
  readonly #places: readonly number[];
  readonly #labels: ReadonlyMap<string, number>;
  readonly #edges: Float64Array;
  readonly #ofClass1: boolean;

  constructor(plan: ClassPlan, predictions: ClassProfile) {
    const bins = binsOf(answeredDistribution(predictions));
    const { scores } = predictions;
    this.#plan = plan;
    this.answers = noCounts(bins);
    const placeOf = (label: string) =>
      bins.kind === 'categorical' ? (bins.places.get(label) ?? bins.unnamed) : 0;
    const unknown = bins.kind === 'categorical' ? bins.unnamed : 0;
    this.#places = [...plan.classes.map(placeOf), unknown];
    this.#labels = new Map(plan.classes.map((label, index) => [label, index]));
    this.#edges = paddedEdges(scores?.edges ?? []);
    this.#ofClass1 = scores?.of === 'class-1';
    if (scores) this.scores = noScores(scores);
  }

  count(outputs: Outputs, rows: number): void {
    const { label, probabilities, classes } = this.#plan;
    const labels = label && cellsIn(outputs, label.output);
    const numbers = probabilities && numbersIn(outputs, probabilities.output);
    const width = numbers ? numbers.length / rows : 0;
    const scored = width === classes.length || (width === 1 && classes.length === 2);
    const named = labels?.length === rows;
    for (let row = 0; row < rows; row++) {
      const answered = named
        ? this.#classOf(labels, row)
        : !label && numbers && scored
          ? greatest(numbers, row, width)
          : undefined;
      if (answered !== undefined) this.#answer(answered);
      if (numbers && scored) this.#score(answered, numbers, row, width);
    }
  }

  #answer(answered: number): void {
    const { counts } = this.answers;
    const place = this.#places[answered < 0 ? this.#plan.classes.length : answered] as number;
    counts[place] = (counts[place] as number) + 1;
  }

  /** Without the class that was answered, only the score of class 1 is known. */
  #score(
    answered: number | undefined,
    numbers: ArrayLike<number>,
    row: number,
    width: number,
  ): void {
    if (!this.scores) return;
    const judged = this.#ofClass1 ? 1 : answered;
    if (judged === undefined) return;
    const score = judged < 0 ? 0 : scoreOf(numbers, row, width, judged);
    const bin = binAmong(this.#edges, score);
    const { counts, sums } = this.scores;
    counts[bin] = (counts[bin] as number) + 1;
    sums[bin] = saturated((sums[bin] as number) + score);
  }

  #classOf(cells: ArrayLike<unknown>, row: number): number {
    const value = cells[row];
    if (this.#plan.label?.by === 'text') return this.#labels.get(String(value)) ?? -1;
    const index = Number(value);
    return Number.isInteger(index) && index >= 0 && index < this.#plan.classes.length ? index : -1;
  }
}

const numbersIn = (outputs: Outputs, name: string): ArrayLike<number> | undefined => {
  const output = outputs.get(name);
  return output && numbersOf(output);
};

function cellsIn(outputs: Outputs, name: string): ArrayLike<unknown> | undefined {
  const output = outputs.get(name);
  return output?.datatype === 'FP16' ? numbersOf(output) : output?.data;
}

/** A single score of two classes is the second's. */
const scoreOf = (
  numbers: ArrayLike<number>,
  row: number,
  width: number,
  judged: number,
): number => {
  if (width > 1) return numbers[row * width + judged] as number;
  const score = numbers[row] as number;
  return judged === 1 ? score : 1 - score;
};

/** The lowest index among equals. */
function greatest(numbers: ArrayLike<number>, row: number, width: number): number {
  if (width === 1) return (numbers[row] as number) > 1 - (numbers[row] as number) ? 1 : 0;
  let best = 0;
  for (let i = 1; i < width; i++) {
    if ((numbers[row * width + i] as number) > (numbers[row * width + best] as number)) best = i;
  }
  return best;
}
