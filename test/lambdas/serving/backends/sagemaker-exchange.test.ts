import { describe, expect, it } from 'vitest';
import type { Invocation, Invoked } from '#aws/sagemaker-endpoints.ts';
import { sagemakerExchange } from '../../../../lambdas/serving/backends/sagemaker-exchange.ts';

const BACKEND = { kind: 'sagemaker', endpoint: 'churn', targetVariant: 'green' } as const;

async function ask(invoked: Invoked) {
  const invocations: Invocation[] = [];
  const exchange = sagemakerExchange(BACKEND, {
    invoke: async (invocation) => {
      invocations.push(invocation);
      return invoked;
    },
  });
  return { told: await exchange('{"inputs":[]}', 1234.6), invocations };
}

describe('an endpoint of SageMaker', () => {
  it('is asked for its variant by the deadline', async () => {
    const { told, invocations } = await ask({ outcome: 'answered', text: '{"outputs":[]}' });
    expect(told).toEqual({ ok: true, text: '{"outputs":[]}' });
    expect(invocations).toEqual([
      { endpoint: 'churn', targetVariant: 'green', body: '{"inputs":[]}', deadlineMs: 1234.6 },
    ]);
  });

  it.each([
    [
      { outcome: 'refused', said: 'x = 3' },
      { kind: 'threw', reason: 'endpoint churn refused the request', said: 'x = 3' },
    ],
    [{ outcome: 'late' }, { kind: 'timeout', reason: 'no answer by its endpoint within 1235 ms' }],
    [
      { outcome: 'failed', reason: 'ValidationError' },
      { kind: 'crashed', reason: 'endpoint churn: ValidationError' },
    ],
  ] as const)('that gives %j has failed', async (invoked, failure) => {
    expect((await ask(invoked)).told).toEqual({ ok: false, failure });
  });
});
