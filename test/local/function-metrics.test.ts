import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { findPython } from '../../local/python.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

let python = '';
beforeAll(async () => {
  python = (await findPython()).executable;
});

interface Execution {
  readonly at: number;
  readonly ms?: number;
  readonly by?: 'Invoke' | 'HTTP';
  readonly [more: string]: unknown;
}
/** Of a minute, how often there was which value. */
type Point = [minute: number, value: number, times: number];

interface Answer {
  readonly points: Readonly<Record<string, Point[]>>;
  readonly alone: boolean;
}

function answerTo(executions: Execution[]): Answer {
  const args = [path('python/execution_cases.py'), path('../../local/python')];
  const input = JSON.stringify([executions]);
  return JSON.parse(execFileSync(python, args, { input, encoding: 'utf8' }))[0];
}

function counted(...executions: Execution[]): (metric: string, of?: string) => Point[] {
  const { points } = answerTo(executions);
  return (metric, of = 'FunctionName=infer') => points[`${metric} ${of}`] ?? [];
}

describe('executions of a function on the local cloud', () => {
  it.each(['HTTP', 'Invoke'] as const)('count once where they come by %s', (by) => {
    const points = counted({ at: 65, ms: 12, by });
    expect(points('Invocations')).toEqual([[60, 1, 1]]);
    expect(points('Errors')).toEqual([[60, 0, 1]]);
    expect(points('Throttles')).toEqual([[60, 0, 1]]);
    expect(points('Duration')).toEqual([[60, 12, 1]]);
  });

  it('count as errors where they fail, or cannot even be made', () => {
    const points = counted({ at: 1, error: true }, { at: 2 }, { at: 3, raises: true });
    expect(points('Invocations')).toEqual([[0, 1, 3]]);
    expect(points('Errors')).toEqual([
      [0, 1, 2],
      [0, 0, 1],
    ]);
  });

  it.each(['refused', 'throttle'])('count as throttles, and not as invocations: %s', (how) => {
    const points = counted({ at: 1, by: 'Invoke', [how]: true });
    expect(points('Throttles')).toEqual([[0, 1, 1]]);
    expect(points('Invocations')).toEqual([]);
    expect(points('Errors')).toEqual([]);
  });

  it('count under the minute in which they began, however long they took', () => {
    const points = counted({ at: 59, ms: 5_000 }, { at: 60, ms: 5 }, { at: 61, ms: 5 });
    expect(points('Invocations')).toEqual([
      [0, 1, 1],
      [60, 1, 2],
    ]);
    expect(points('Duration')).toEqual([
      [0, 5000, 1],
      [60, 5, 2],
    ]);
  });

  it('say how many there were at once', () => {
    const points = counted({ at: 1 }, { at: 2, inflight: 3 }, { at: 3, inflight: 3 });
    expect(points('ConcurrentExecutions')).toEqual([
      [0, 1, 1],
      [0, 3, 2],
    ]);
  });

  it('are told of the function, and of the version or alias that was asked for', () => {
    const points = counted({ at: 1 }, { at: 2, arn: 'infer:live' });
    expect(points('Invocations')).toEqual([[0, 1, 2]]);
    expect(points('Invocations', 'FunctionName=infer|Resource=infer')).toEqual([[0, 1, 1]]);
    expect(points('Invocations', 'FunctionName=infer|Resource=infer:live')).toEqual([[0, 1, 1]]);
  });

  it('are not lost while a request to CloudWatch replaces its lists', () => {
    expect(answerTo([{ at: 1 }, { at: 2, refused: true }]).alone).toBe(true);
  });
});
