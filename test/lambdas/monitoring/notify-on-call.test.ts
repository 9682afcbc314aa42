import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Kept, Page } from '#domain/monitoring/alarms/page-message.ts';
import { notifyOnCall } from '../../../lambdas/monitoring/notify-on-call.ts';

const recorded = JSON.parse(
  readFileSync(new URL('../rollout/fixtures/alarm-message.json', import.meta.url), 'utf8'),
) as { Records: [{ Sns: { Message: Record<string, unknown> } }] };

/** A composite alarm's message has no trigger. */
const { Trigger: _, ...composite } = {
  ...recorded.Records[0].Sns.Message,
  AlarmName: 'assay/acme/churn',
  AlarmDescription: 'The model drifts. docs/runbook.md#modelneedsattention',
  AlarmRule: 'ALARM("assay/acme/churn/ModelDriftDetected")',
  Trigger: undefined,
};
const notice = (changes: object = {}, MessageId = '1') => ({
  Records: [{ Sns: { MessageId, Message: JSON.stringify({ ...composite, ...changes }) } }],
});

const kept = (id: string): Kept =>
  ({
    key: `reports/${id}.json`,
    report: { id, version: '1.0.0', at: 'then', windows: [], alarms: [] },
  }) as never;

function world(failing: readonly string[] = [], listed = [{ id: 'r1', kinds: ['health'] }]) {
  const told: [sink: string, Page][] = [];
  const broken = new Set(failing);
  const sink = (name: string) => ({
    name,
    tell: async (page: Page) => {
      if (broken.has(name)) throw new Error('answered 500');
      told.push([name, page]);
    },
  });
  const warned: unknown[] = [];
  const notify = notifyOnCall({
    reports: {
      list: async (_, limit) => listed.slice(0, limit) as never,
      get: async (_, id) => {
        if (id === 'altered') throw new Error('not as it was kept');
        return kept(id);
      },
    },
    sinks: ['topic', 'PagerDuty', 'GitHub'].map(sink),
    log: { warn: (...said: unknown[]) => void warned.push(said) },
  });
  return { notify, told, broken, warned };
}

describe('an alarm of a model', () => {
  it('is told to every sink, with the latest report', async () => {
    const { notify, told } = world();
    expect(await notify(notice())).toEqual({
      outcome: 'told',
      alarm: 'assay/acme/churn',
      sinks: ['topic', 'PagerDuty', 'GitHub'],
    });
    expect(told.map(([name]) => name)).toEqual(['topic', 'PagerDuty', 'GitHub']);
    expect(told[0]?.[1]).toMatchObject({
      ...{ tenant: 'acme', model: 'churn', state: 'ALARM' },
      report: { key: 'reports/r1.json' },
    });
  });

  it('is explained by the latest report of drift, where later ones are of health', async () => {
    const listed = [
      { id: 'r3', kinds: ['health'] },
      { id: 'r2', kinds: ['drift', 'health'] },
      { id: 'r1', kinds: ['drift'] },
    ];
    const { notify, told } = world([], listed);
    await notify(notice());
    await notify(notice({ AlarmName: 'assay/acme/churn/ModelLatencyHigh' }, '2'));
    const reports = told.filter(([name]) => name === 'topic').map(([, page]) => page.report?.id);
    expect(reports).toEqual(['r2', 'r3']);
  });

  it.each([
    ['there is none', []],
    ['it cannot be read', [{ id: 'altered', kinds: ['drift'] }]],
  ])('is told without a report where %s', async (_, listed) => {
    const { notify, told, warned } = world([], listed);
    await notify(notice());
    expect(told[0]?.[1].text).toContain('no drift report could be read');
    expect(warned).toHaveLength(listed.length);
  });

  it('reaches the others where one sink fails, which faults, and is told again alone', async () => {
    const { notify, told, broken } = world(['PagerDuty']);
    await expect(notify(notice())).rejects.toThrow(
      '1 of 3 sinks were not told of alarm assay/acme/churn: PagerDuty: answered 500',
    );
    expect(told.map(([name]) => name)).toEqual(['topic', 'GitHub']);
    broken.clear();
    await notify(notice());
    expect(told.map(([name]) => name)).toEqual(['topic', 'GitHub', 'PagerDuty']);
  });

  it('that is over is told, too', async () => {
    const { notify, told } = world();
    await notify(notice({ NewStateValue: 'OK', OldStateValue: 'ALARM' }));
    expect(told[0]?.[1].state).toBe('OK');
  });

  it.each([
    ['lacks data', { NewStateValue: 'INSUFFICIENT_DATA', OldStateValue: 'OK' }],
    [
      'has its first data, which are fine',
      { NewStateValue: 'OK', OldStateValue: 'INSUFFICIENT_DATA' },
    ],
  ])('that %s is no news', async (_, changes) => {
    const { notify, told } = world();
    expect(await notify(notice(changes))).toMatchObject({ outcome: 'ignored' });
    expect(told).toEqual([]);
  });

  it('that names no model is a fault that says where to point it', async () => {
    await expect(world().notify(notice({ AlarmName: 'mine' }))).rejects.toThrow(
      /alarm mine names no model, expected .*; point it at the topic of output AlarmTopic/,
    );
  });
});
