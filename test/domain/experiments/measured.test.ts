import { expect, it } from 'vitest';
import { areEvents, eventsOf, sourceOf, unmeasured } from '#domain/experiments/measured.ts';
import type { ExperimentPlan } from '#domain/experiments/plan.ts';
import { ones } from './counts.ts';
import { scorePlan } from './sample-record.ts';

const fieldsOf = (changes: Partial<ExperimentPlan>) =>
  [...unmeasured(scorePlan(changes))].map(({ field }) => field);
const metric = (id: string, kind: 'events' | 'mean' | 'ratio', better: 'higher' | 'lower') => ({
  metric: { id, kind, better },
});

it.each<[Partial<ExperimentPlan>, string[]]>([
  [{}, []],
  [metric('score', 'events', 'lower'), []],
  [metric('failures', 'events', 'lower'), []],
  [{ guardrails: ['failures', 'latency', 'score', 'timeout'] }, []],
  [metric('timeout', 'events', 'lower'), []],
  [metric('conversion', 'events', 'higher'), ['metric.id']],
  [metric('latency', 'mean', 'lower'), ['metric.id']],
  [metric('score', 'ratio', 'higher'), ['metric.kind']],
  [metric('failures', 'mean', 'lower'), ['metric.kind']],
  [metric('failures', 'events', 'higher'), ['metric.better']],
  [{ guardrails: ['failures', 'revenue'] }, ['guardrails[1]']],
])('a plan asks for what is counted alone: %j', (changes, fields) => {
  expect(fieldsOf(changes)).toEqual(fields);
});

it('knows where numbers come from', () => {
  expect(sourceOf('timeout')).toEqual({ from: 'failures', of: 'timeout' });
  expect(sourceOf('failures')).toEqual({ from: 'failures' });
  expect(sourceOf('constructor')).toBeUndefined();
});

it('tells noughts and ones from other scores', () => {
  expect(areEvents(ones(1000, 37))).toBe(true);
  expect(areEvents(ones(0, 0))).toBe(true);
  expect(eventsOf(ones(1000, 37))).toBe(37);
  expect(areEvents({ count: 2, mean: 0.5, m2: 0 })).toBe(false);
  expect(areEvents({ count: 2, mean: 2, m2: 4 })).toBe(false);
});
