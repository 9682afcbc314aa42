import { validate } from 'uuid';
import { afterEach, expect, it, vi } from 'vitest';
import type { CloudEvent } from '#domain/audit/entry.ts';
import { busAlerts, type CandidateFailing } from '../../../lambdas/serving/alerts.ts';
import { digestNo } from '../../domain/serving/routing/sample-route.ts';

const failing: CandidateFailing = {
  ...{ tenant: 'acme', model: 'risk', version: '2.0.0', digest: digestNo(2) },
  ...{ generation: 7, kind: 'crashed', failures: 5 },
};

it('tells of a failing candidate by one CloudEvent, with all that a rollback asks for', async () => {
  const published: CloudEvent[] = [];
  const bus = { publish: async (events: readonly CloudEvent[]) => void published.push(...events) };
  await busAlerts(bus, () => '2026-01-01T00:00:00.000Z').candidateFailing(failing);
  expect(published).toEqual([
    {
      specversion: '1.0',
      id: expect.toSatisfy(validate),
      source: 'io.assay',
      type: 'io.assay.candidate.failing.v1',
      subject: 'acme/risk/2.0.0',
      time: '2026-01-01T00:00:00.000Z',
      datacontenttype: 'application/json',
      data: failing,
    },
  ]);
});

afterEach(() => {
  vi.useRealTimers();
});

it('keeps no request waiting for a bus that does not answer', async () => {
  vi.useFakeTimers();
  const alerts = busAlerts({ publish: () => new Promise(() => {}) });
  const told = expect(alerts.candidateFailing(failing)).rejects.toThrow('within 2000 ms');
  await vi.advanceTimersByTimeAsync(2_000);
  await told;
});
