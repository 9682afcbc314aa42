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

interface Report {
  readonly id: string;
  readonly kinds: readonly string[];
  readonly at?: string;
  readonly alarms?: readonly object[];
  readonly standing?: readonly object[];
}

const kept = ({ id, alarms = [], standing }: Report): Kept =>
  ({
    key: `reports/${id}.json`,
    report: { id, version: '1.0.0', at: 'then', windows: [], alarms, standing },
  }) as never;

function world(
  failing: readonly string[] = [],
  listed: readonly Report[] = [{ id: 'r1', kinds: ['health'] }],
) {
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
        return kept(listed.find((one) => one.id === id) as Report);
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

  const over = { NewStateValue: 'OK', OldStateValue: 'ALARM' };
  const moved = (watched: string, change: string) => [{ watched, change, raised: null }];
  const [noon, eleven, eight] = ['12:00', '11:00', '08:00'].map((time) => `2026-01-01T${time}:00Z`);

  it('that is over is explained by the report by which it ended, not by one that a person asked for', async () => {
    const listed = [
      { id: 'r4', kinds: ['drift'], at: noon, alarms: moved('input-drift', 'none') },
      { id: 'r3', kinds: ['health'], at: noon, alarms: moved('latency', 'cleared') },
      { id: 'r2', kinds: ['drift', 'health'], at: eleven, alarms: moved('input-drift', 'lapsed') },
      { id: 'r1', kinds: ['drift'], at: eleven, alarms: moved('input-drift', 'cleared') },
    ];
    const { notify, told } = world([], listed as Report[]);
    await notify(notice(over));
    expect(told[0]?.[1]).toMatchObject({
      title: 'NOT KNOWN: ModelNeedsAttention of acme/churn',
      report: { id: 'r2' },
    });
  });

  it.each([
    ['moved nothing of it', moved('latency', 'cleared'), eleven],
    ['moved nothing', moved('input-drift', 'none'), eleven],
    ['was too long before', moved('input-drift', 'lapsed'), eight],
  ])(
    'that is over is explained by the latest report where the others %s',
    async (_, alarms, at) => {
      const listed = [
        { id: 'r2', kinds: ['performance'], at: noon },
        { id: 'r1', kinds: ['drift'], at, alarms },
      ];
      const { notify, told } = world([], listed as Report[]);
      await notify(notice(over));
      expect(told[0]?.[1]).toMatchObject({
        title: 'OK: ModelNeedsAttention of acme/churn',
        report: { id: 'r2' },
      });
    },
  );

  const stands = (watched: string, raised: string | null, lapsed?: string) => ({
    ...{ watched, raised, lapsed },
  });

  it('is explained by the report by which it went off, of whatever kind', async () => {
    const fairness = [{ watched: 'fairness', change: 'raised', raised: 'page' }];
    const listed = [
      { id: 'r3', kinds: ['health'], at: noon, standing: [stands('fairness', 'page')] },
      { id: 'r2', kinds: ['performance'], at: eleven, alarms: fairness },
      { id: 'r1', kinds: ['drift'], at: eleven, alarms: moved('input-drift', 'cleared') },
    ];
    const { notify, told } = world([], listed as Report[]);
    await notify(notice());
    expect(told[0]?.[1].report?.id).toBe('r2');
    expect(told[0]?.[1].cause).toContain('fairness at level page');
  });

  it('that comes back with the end of a trial says what had stood all the time', async () => {
    const listed = [
      { id: 'r2', kinds: ['health'], at: noon, standing: [stands('label-drift', 'critical')] },
      { id: 'r1', kinds: ['drift'], at: eight },
    ];
    const { notify, told } = world([], listed as Report[]);
    await notify(notice());
    expect(told[0]?.[1].report?.id).toBe('r1');
    expect(told[0]?.[1].cause).toContain('label-drift at level critical');
  });

  it('that is over is not known to be where something of it lapsed before', async () => {
    const standing = [stands('accuracy', null, 'page')];
    const listed = [
      { id: 'r2', kinds: ['health'], at: noon, alarms: moved('errors', 'cleared'), standing },
    ];
    const { notify, told } = world([], listed as Report[]);
    await notify(notice({ ...over, AlarmName: 'assay/acme/churn/ModelAccuracyDrop' }));
    expect(told[0]?.[1]).toMatchObject({ state: 'OK', standing: 'NOT KNOWN' });
  });

  it('that is over is told, too', async () => {
    const { notify, told } = world();
    await notify(notice(over));
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
