import { expect, it } from 'vitest';
import { executionName, RollbackRequest } from '#domain/rollout/rollback-request.ts';
import { requestRollback } from '../../../lambdas/rollout/request-rollback.ts';
import { digestNo } from '../../domain/serving/routing/sample-route.ts';

const data = {
  tenant: 'acme',
  model: 'churn',
  version: '2.0.0',
  digest: digestNo(2),
  generation: 7,
  kind: 'crashed',
  failures: 5,
};
const event = (id: string) => ({ detail: { id, time: '2026-01-01T00:00:00.000Z', data } });

async function ask(...ids: string[]): Promise<RollbackRequest[]> {
  const requests: RollbackRequest[] = [];
  const machine = {
    request: async (request: RollbackRequest) => {
      requests.push(request);
      return requests.length === 1 ? ('started' as const) : ('known' as const);
    },
  };
  for (const id of ids) {
    const outcome = requests.length === 0 ? 'started' : 'known';
    expect(await requestRollback({ machine })(event(id))).toEqual({ outcome });
  }
  return requests;
}

it('asks to roll back at once what a process has seen to fail', async () => {
  const [request] = await ask('e-1');
  expect(request).toMatchObject({
    tenant: 'acme',
    model: 'churn',
    version: '2.0.0',
    digest: digestNo(2),
    generation: 7,
    severity: 'critical',
    trigger: 'breaker',
    reason: '5 requests in a row failed in one process, the last: crashed',
    evidence: { event: 'e-1', kind: 'crashed', failures: 5 },
  });
  expect(RollbackRequest.safeParse(request).success).toBe(true);
});

it('of many processes that saw the same asks for one execution', async () => {
  const requests = await ask('e-1', 'e-2', 'e-2');
  expect(new Set(requests.map((request) => executionName(request))).size).toBe(1);
});
