import { readFile } from 'node:fs/promises';
import { InvalidArgumentError } from 'commander';
import type { Draft } from '#domain/experiments/draft-plan.ts';
import { problemsOf } from '#domain/registry/problem.ts';
import { Segment } from '#domain/serving/routing/segment.ts';
import { EXIT } from './exit-codes.ts';
import { Failure, messageOf } from './failure.ts';

/** Options of `assay ab create`. */
export interface DraftOptions {
  readonly treatment: readonly string[];
  readonly split?: number;
  readonly metric?: 'failures' | 'score';
  readonly better?: 'higher' | 'lower';
  readonly hours?: { readonly min: number; readonly max: number };
  readonly minUnits?: number;
  readonly effect?: number;
  readonly guardrail?: readonly string[];
  readonly segment?: string;
  readonly bandit?: 'thompson' | 'ucb1';
  readonly autoPromote?: boolean;
  readonly id?: string;
}

/**
 * What the API is asked to plan; what nobody says is left to the policy.
 * @throws Failure for a segment that is none.
 */
export async function draftOf(options: DraftOptions): Promise<Draft> {
  const { treatment, split, metric, better, hours, minUnits, effect, guardrail, bandit } = options;
  const segment = options.segment && (await segmentOf(options.segment));
  return {
    treatments: [...treatment],
    ...(options.id && { id: options.id }),
    ...(split !== undefined && { split }),
    ...((metric || better) && { metric: { id: metric ?? 'score', ...(better && { better }) } }),
    ...(hours && { hours }),
    ...(minUnits !== undefined && { unitsMin: minUnits }),
    ...(effect !== undefined && { effectMin: effect }),
    ...(guardrail && { guardrails: [...guardrail] }),
    ...(bandit && { bandit: { kind: bandit } }),
    ...(segment && { segment }),
    ...(options.autoPromote && { autoPromote: true }),
  };
}

async function segmentOf(text: string): Promise<Segment> {
  const file = text.startsWith('@') ? text.slice(1) : undefined;
  let json: unknown;
  try {
    json = JSON.parse(file === undefined ? text : await readFile(file, 'utf8'));
  } catch (cause) {
    throw new Failure(`--segment: got ${messageOf(cause)}, expected JSON, or @FILE with it`, {
      cause,
    });
  }
  const parsed = Segment.safeParse(json);
  if (parsed.success) return parsed.data;
  const problems = problemsOf(parsed.error, json, 'correct the segment');
  throw new Failure('--segment is no segment', { exit: EXIT.refused, problems });
}

/** @throws InvalidArgumentError, which commander tells with the option's name. */
export function numberOf(text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number)) {
    throw new InvalidArgumentError('expected a number');
  }
  return number;
}

/** `24:168`. @throws InvalidArgumentError as `numberOf`. */
export function hoursOf(text: string): { readonly min: number; readonly max: number } {
  const [, min, max] = /^(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (min === undefined || max === undefined) {
    throw new InvalidArgumentError('expected MIN:MAX, as in 24:168');
  }
  return { min: Number(min), max: Number(max) };
}
