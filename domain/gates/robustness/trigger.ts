import type { Measured } from '#domain/gates/performance/measured.ts';
import type { Predictions } from '#domain/gates/performance/predictions.ts';
import type { Truth } from '#domain/gates/performance/quality.ts';
import { quantile } from '#domain/gates/performance/quantile.ts';
import type { Feature } from './features.ts';
import { spread } from './loss.ts';
import { type Subject, withConstant } from './subject.ts';

/** The greatest jump that one feature's rare values cause, and where. */
export interface TriggerSignal {
  readonly feature: string;
  /** The value at which answers jump: of a text itself. */
  readonly value: number | string;
  /** Share of the rows that one step of this feature carries to one answer. */
  readonly jump: number;
}

/** Steps from the usual range to its edge, and beyond by as much as the range is long. */
const STEPS_WITHIN = 4;
const STEPS_BEYOND = 8;
/** What lies between is usual: rows in plenty to learn from. */
const TAIL = 0.05;
/** Rare values of a category that are tried, the rarest first. */
const CATEGORIES_MAX = 32;
/** An answer in numbers jumps when it moves by more standard deviations of the target. */
const JUMP_SD = 0.5;

/**
 * Looks for values of single features that carry most rows to one answer at once, as a trigger
 * does that was poisoned into the training data. Each feature walks from its usual range to its
 * edge and beyond, in every row: a model that learnt from data turns row by row on the way, or
 * had turned before; a planted rule turns them in one step. A signal, never a proof: it sees no
 * trigger inside the usual range, none of several features, and hardly any in smooth models.
 */
export async function measureTriggers(
  { features, columns, truth, answer }: Subject,
  base: Predictions,
  probed: readonly number[],
): Promise<Measured<readonly TriggerSignal[]>> {
  const signals: TriggerSignal[] = [];
  for (const at of probed) {
    const feature = features[at] as Feature;
    let best = { value: feature.typical, jump: 0 };
    for (const path of pathsOf(feature)) {
      let before: Predictions | undefined = feature.kind === 'category' ? base : undefined;
      for (const value of path) {
        const now = await answer(withConstant(columns, at, value));
        if (!now.ok && now.verdict !== 'fail') return now;
        // A model need not answer values that no row has, such as an index beyond its table.
        if (!now.ok) break;
        const jump = before ? jumpOf(truth, base, before, now.value) : 0;
        if (jump > best.jump) best = { value, jump };
        if (feature.kind !== 'category') before = now.value;
      }
    }
    const { jump, value } = best;
    signals.push({ feature: feature.name, value: feature.texts?.[value] ?? value, jump });
  }
  return { ok: true, value: signals };
}

/** Values to walk along: those of a category are compared with the rows as they are. */
function pathsOf({ kind, sorted, sd }: Feature): readonly (readonly number[])[] {
  if (sorted.length === 0 || sd === 0) return [];
  if (kind === 'category') return [rareOf(sorted)];
  const least = sorted[0] as number;
  const greatest = sorted.at(-1) as number;
  const range = greatest - least;
  const [low, high] = [quantile(sorted, TAIL), quantile(sorted, 1 - TAIL)];
  return [
    [
      ...steps(high, greatest, STEPS_WITHIN),
      ...steps(greatest, greatest + range, STEPS_BEYOND).slice(1),
    ],
    [...steps(low, least, STEPS_WITHIN), ...steps(least, least - range, STEPS_BEYOND).slice(1)],
  ];
}

const steps = (from: number, to: number, count: number): number[] =>
  Array.from({ length: count + 1 }, (_, i) => from + ((to - from) * i) / count);

function rareOf(sorted: Float64Array): number[] {
  const counts = new Map<number, number>();
  for (const value of sorted) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count < TAIL * sorted.length)
    .sort((a, b) => a[1] - b[1] || a[0] - b[0])
    .slice(0, CATEGORIES_MAX)
    .map(([value]) => value);
}

/** The greatest share of rows that one step brings to the same answer, of those not there at first. */
function jumpOf(truth: Truth, base: Predictions, before: Predictions, now: Predictions): number {
  if (truth.kind === 'values') return numbersJump(truth.values, before, now);
  if (base.kind !== 'classes' || before.kind !== 'classes' || now.kind !== 'classes') return 0;
  const others = new Uint32Array(truth.classes.length);
  const turned = new Uint32Array(truth.classes.length);
  base.predicted.forEach((first, row) => {
    const [was, is] = [before.predicted[row] as number, now.predicted[row] as number];
    for (let target = 0; target < others.length; target++) {
      if (first !== target) others[target] = (others[target] as number) + 1;
    }
    if (is >= 0 && is !== was && is !== first) turned[is] = (turned[is] as number) + 1;
  });
  return Math.max(...Array.from(turned, (count, target) => share(count, others[target])));
}

function numbersJump(target: Float64Array, before: Predictions, now: Predictions): number {
  if (before.kind !== 'values' || now.kind !== 'values') return 0;
  const far = JUMP_SD * (spread(target) || 1);
  const moves = now.values.map((value, row) => value - (before.values[row] as number));
  const up = moves.filter((move) => move > far).length;
  const down = moves.filter((move) => move < -far).length;
  return share(Math.max(up, down), moves.length);
}

const share = (part = 0, whole = 0): number => (whole === 0 ? 0 : part / whole);
