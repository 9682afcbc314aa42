import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Monitoring, stateOf } from '#domain/monitoring/check/state.ts';
import type { Digest } from '#domain/registry/digest.ts';
import { RollbackRequest } from '#domain/rollout/rollback-request.ts';
import { requestRollbackOnAlarm } from '../../../lambdas/rollout/request-rollback-on-alarm.ts';
import { digestNo } from '../../domain/serving/routing/sample-route.ts';
import { canaryRoute } from './rollback-world.ts';

type Recorded = { Records: [{ Sns: { MessageId: string; Message: Record<string, unknown> } }] };
const recorded = JSON.parse(
  readFileSync(new URL('fixtures/alarm-message.json', import.meta.url), 'utf8'),
) as Recorded;

/** As SNS passes it on, which sends the alarm's own message as text. */
function notice(changes: object = {}) {
  const { MessageId, Message } = recorded.Records[0].Sns;
  return { Records: [{ Sns: { MessageId, Message: JSON.stringify({ ...Message, ...changes }) } }] };
}

const raised = (level: 'page' | 'critical') => ({
  ...{ raised: level, since: '2026-01-01T12:00:00.000Z', checkedAt: 1, strands: {} },
  ratios: { warn: 2, retrain: 2, page: 2, critical: 2 },
});

async function ask(
  event: ReturnType<typeof notice>,
  route = canaryRoute(),
  checked?: { readonly version: string; readonly digest: Digest },
  alarms: Monitoring['alarms'] = { errors: raised('critical') },
) {
  const requests: RollbackRequest[] = [];
  const asked = requestRollbackOnAlarm({
    routes: { of: async ({ model }) => (model === 'churn' ? route : undefined) },
    states: {
      get: async (model) =>
        checked && {
          ...stateOf(undefined, { ...model, ...checked }, Date.UTC(2026, 0, 1, 12)),
          ...{ alarms, generation: 5 },
        },
    },
    machine: {
      request: async (request) => {
        requests.push(request);
        return 'started';
      },
    },
  })(event);
  return { outcome: await asked, requests };
}

describe('an alarm that goes off', () => {
  it('asks to roll back its model at once, as the route is now', async () => {
    const { outcome, requests } = await ask(notice());
    expect(outcome).toEqual({ outcome: 'started', model: 'churn' });
    expect(requests).toEqual([
      expect.objectContaining({
        tenant: 'acme',
        model: 'churn',
        severity: 'critical',
        trigger: 'alarm',
        generation: 7,
        reason: expect.stringMatching(/^alarm churn-errors: Threshold Crossed: 1 out of/),
        evidence: {
          alarm: 'arn:aws:cloudwatch:eu-west-1:111122223333:alarm:churn-errors',
          message: '2f4f7d0e-4f41-5b9c-8f63-21f9e1b1a5d7',
          at: '2026-01-01T12:01:02.123+0000',
        },
      }),
    ]);
    expect(RollbackRequest.safeParse(requests[0]).success).toBe(true);
    expect(requests[0]).not.toHaveProperty('version');
  });

  it('names the version that its dimensions name', async () => {
    const Dimensions = ['Tenant=acme', 'Model=churn', 'Version=2.0.0'].map((pair) => {
      const [name, value] = pair.split('=');
      return { name, value };
    });
    const { requests } = await ask(notice({ Trigger: { Dimensions } }));
    expect(requests[0]).toMatchObject({ version: '2.0.0' });
  });

  it('of a check names the version that was judged, whatever serves by then', async () => {
    const harm = notice({ AlarmName: 'assay/acme/churn/ModelHarm' });
    const judged = { version: '0.9.0', digest: digestNo(9) };
    const { requests } = await ask(harm, canaryRoute(), judged);
    expect(requests[0]).toMatchObject({ ...judged, trigger: 'alarm', generation: 5 });
    expect(RollbackRequest.parse(requests[0])).toEqual(requests[0]);
  });

  it.each([
    ['nothing raised', {}],
    ['errors that only page', { errors: raised('page') }],
    ['drift alone', { 'input-drift': raised('critical') }],
  ])('of a check asks for nothing where the version that is judged has %s', async (_, alarms) => {
    const harm = notice({ AlarmName: 'assay/acme/churn/ModelHarm' });
    const successor = { version: '2.0.0', digest: digestNo(2) };
    const { outcome, requests } = await ask(harm, canaryRoute(), successor, alarms);
    expect(outcome).toMatchObject({ outcome: 'ignored' });
    expect(requests).toEqual([]);
  });

  it('of a check that nobody knows of asks for nothing', async () => {
    const harm = notice({ AlarmName: 'assay/acme/churn/ModelHarm' });
    const { outcome, requests } = await ask(harm);
    expect(outcome).toMatchObject({ outcome: 'ignored' });
    expect(requests).toEqual([]);
  });

  it('is asked for however long its reason is', async () => {
    const { requests } = await ask(notice({ NewStateReason: 'x'.repeat(5000) }));
    expect(RollbackRequest.safeParse(requests[0]).success).toBe(true);
  });

  it('about a model that nothing serves is nothing', async () => {
    const Dimensions = [
      { name: 'Tenant', value: 'acme' },
      { name: 'Model', value: 'other' },
    ];
    const { outcome, requests } = await ask(notice({ Trigger: { Dimensions } }));
    expect(outcome).toEqual({ outcome: 'ignored', reason: 'other has no route' });
    expect(requests).toEqual([]);
  });

  it('that names no model is a fault, and waits for a person', async () => {
    const other = notice({ Trigger: { Dimensions: [] } });
    await expect(ask(other)).rejects.toThrow(/alarm churn-errors names no model, expected one/);
  });
});

it.each(['OK', 'INSUFFICIENT_DATA'])('an alarm that is %s asks for nothing', async (state) => {
  const { outcome, requests } = await ask(notice({ NewStateValue: state }));
  expect(outcome).toMatchObject({ outcome: 'ignored' });
  expect(requests).toEqual([]);
});

it('a message that is no alarm is a fault', async () => {
  const { Records } = notice();
  const Message = JSON.stringify({ hello: 'there' });
  await expect(
    ask({ Records: Records.map(() => ({ Sns: { MessageId: '1', Message } })) }),
  ).rejects.toThrow();
});
