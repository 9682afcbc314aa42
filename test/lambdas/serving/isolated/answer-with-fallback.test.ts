import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAILURE_KINDS, type FailureKind } from '#domain/rollout/traffic.ts';
import { DEFAULT_BREAKER_POLICY } from '#domain/serving/breaker.ts';
import {
  type Admitted,
  answerWithFallback,
  PASSED_OVER,
  type PassedOver,
} from '../../../../lambdas/serving/isolated/answer-with-fallback.ts';
import { type Failed, failed } from '../../../../lambdas/serving/isolated/candidate-answer.ts';
import { IsolatedModel } from '../../../../lambdas/serving/isolated/isolated-model.ts';
import { ProcessBreaker } from '../../../../lambdas/serving/isolated/process-breaker.ts';
import { bundleChild, type MemoryChild } from '../../../support/memory-child.ts';
import { fixture } from '../../onnx/fixture.ts';
import { oddChild } from './odd-child.ts';

type Told = { ok: true; value: string; known?: boolean } | Failed | PassedOver;

/** A breaker that always admits, and the outcomes it was told. */
function open(): { recorded: (boolean | 'withdrawn')[]; admit: () => Admitted } {
  const recorded: (boolean | 'withdrawn')[] = [];
  const record = (ok: boolean) => recorded.push(ok);
  return { recorded, admit: () => ({ record, withdraw: () => recorded.push('withdrawn') }) };
}

function asking(told: () => Promise<Told>, breaker: ReturnType<typeof open> | ProcessBreaker) {
  const counted: FailureKind[] = [];
  const stableAsked: string[] = [];
  const answer = answerWithFallback({
    request: 'rows',
    candidate: told,
    stable: async (request) => {
      stableAsked.push(request);
      return 'from stable';
    },
    breaker,
    onFailure: ({ kind }) => counted.push(kind),
  });
  return { answer, counted, stableAsked };
}

describe('answerWithFallback', () => {
  it('answers from the candidate, and leaves stable alone', async () => {
    const breaker = open();
    const { answer, counted, stableAsked } = asking(
      async () => ({ ok: true, value: 'from the candidate' }),
      breaker,
    );
    expect(await answer).toEqual({ from: 'candidate', answer: 'from the candidate' });
    expect(stableAsked).toEqual([]);
    expect(breaker.recorded).toEqual([true]);
    expect(counted).toEqual([]);
  });

  it.each(FAILURE_KINDS)('answers from stable when the candidate failed: %s', async (kind) => {
    const breaker = open();
    const { answer, counted, stableAsked } = asking(async () => failed(kind, 'why'), breaker);
    const failure = { kind, reason: 'why' };
    expect(await answer).toEqual({ from: 'stable', answer: 'from stable', failure });
    expect(stableAsked).toEqual(['rows']);
    expect(breaker.recorded).toEqual([false]);
    expect(counted).toEqual([kind]);
  });

  it('takes a candidate that throws for one that crashed', async () => {
    const breaker = open();
    const { answer } = asking(async () => {
      throw new Error('a fault');
    }, breaker);
    expect(await answer).toMatchObject({ from: 'stable', failure: { kind: 'crashed' } });
    expect(breaker.recorded).toEqual([false]);
  });

  it('does not ask a candidate whose breaker is open, and counts nothing', async () => {
    const answer = await answerWithFallback({
      request: 'rows',
      candidate: async (): Promise<Told> => {
        throw new Error('asked');
      },
      stable: async () => 'from stable',
      breaker: { admit: () => undefined },
      onFailure: () => {
        throw new Error('counted');
      },
    });
    expect(answer).toEqual({ from: 'stable', answer: 'from stable', failure: undefined });
  });

  it.each([
    ['throws', () => Promise.reject(new Error('stable fails'))],
    ['gives no answer', async () => 'an error'],
  ])('blames the request, not the candidate, when stable %s as well', async (_, stable) => {
    const counted: FailureKind[] = [];
    const breaker = open();
    const answer = answerWithFallback({
      request: 'rows',
      candidate: async (): Promise<Told> => failed('threw', 'why'),
      stable,
      answers: (told) => told !== 'an error',
      breaker,
      onFailure: ({ kind }) => counted.push(kind),
    });
    await answer.catch(() => undefined);
    expect(counted).toEqual([]);
    expect(breaker.recorded).toEqual(['withdrawn']);
  });

  it('takes no answer that was known before for a sign of health', async () => {
    const breaker = open();
    const { answer } = asking(async () => ({ ok: true, value: 'known', known: true }), breaker);
    expect(await answer).toEqual({ from: 'candidate', answer: 'known' });
    expect(breaker.recorded).toEqual(['withdrawn']);
  });

  it('holds nothing against a candidate that could not be asked', async () => {
    const breaker = open();
    const { answer, counted } = asking(async () => PASSED_OVER, breaker);
    expect(await answer).toEqual({ from: 'stable', answer: 'from stable', failure: undefined });
    expect(counted).toEqual([]);
    expect(breaker.recorded).toEqual(['withdrawn']);
  });
});

describe('ProcessBreaker', () => {
  it('opens after five failures in a row and not after four', async () => {
    let now = 0;
    const breaker = new ProcessBreaker(DEFAULT_BREAKER_POLICY, () => now);
    const ask = async (told: Told) => (await asking(async () => told, breaker).answer).from;
    const failing = async (times: number) => {
      for (let i = 0; i < times; i++) await ask(failed('crashed', 'why'));
    };
    await failing(4);
    expect(await ask({ ok: true, value: 'well' })).toBe('candidate');
    await failing(5);
    expect(await ask({ ok: true, value: 'well' })).toBe('stable');
    now += DEFAULT_BREAKER_POLICY.restMs;
    expect(await ask({ ok: true, value: 'well' })).toBe('candidate');
  });

  it('ignores an outcome from before it opened', () => {
    const breaker = new ProcessBreaker({ ...DEFAULT_BREAKER_POLICY, failures: 1 }, () => 0);
    const [late, failing] = [breaker.admit(), breaker.admit()];
    failing?.record(false);
    late?.record(true);
    expect(breaker.admit()).toBeUndefined();
  });
});

describe('a candidate that crashes on every request', () => {
  let child: MemoryChild;
  beforeAll(async () => {
    child = await bundleChild('lambdas/serving/isolated/candidate-child.ts');
  });
  afterAll(() => child.remove());

  it('is seen by no user', async () => {
    const model = new IsolatedModel({
      childPath: await oddChild(child.directory, 'opened(); receive(); process.abort();'),
      modelPath: fixture('logistic'),
      outputs: [{ name: 'p', datatype: 'FP32', shape: [-1, 1] }],
      memoryMiB: 512,
      env: {},
      deadlineMs: 30_000,
      restMs: 0,
    });
    const breaker = new ProcessBreaker(DEFAULT_BREAKER_POLICY, () => 0);
    const kinds: (string | undefined)[] = [];
    for (let request = 0; request < 20; request++) {
      const { from, answer } = await answerWithFallback({
        request,
        candidate: async (): Promise<{ ok: true; value: number } | Failed> => {
          const told = await model.run([], ['p']);
          return told.ok ? { ok: true, value: -1 } : told;
        },
        stable: async (asked) => asked,
        breaker,
        onFailure: ({ kind }) => kinds.push(kind),
      });
      expect({ from, answer }).toEqual({ from: 'stable', answer: request });
    }
    expect(kinds).toEqual(Array(5).fill('crashed'));
    await model.close();
  });
});
