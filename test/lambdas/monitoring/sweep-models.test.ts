import { beforeEach, describe, expect, it } from 'vitest';
import { CheckMessage } from '#domain/monitoring/check/check-message.ts';
import type { Monitoring } from '#domain/monitoring/check/state.ts';
import { stateOf } from '#domain/monitoring/check/state.ts';
import type { Route } from '#domain/registry/version-record.ts';
import { sweepModels } from '../../../lambdas/monitoring/sweep-models.ts';
import { digestA } from '../../support/sample-release.ts';

const AT = '2026-03-02T12:00:00Z';
const DAY_MS = 24 * 3_600_000;
const PAGE = 50;
const NONE_OVERDUE = { OverdueDatasetChecks: 0 };
const ONE_FAULT = [{ Fleet: 'All' }, { SweepFaults: 1 }];

let models: string[];
let sent: CheckMessage[];
let refused: (message: CheckMessage, attempt: number) => boolean;
let drifting: Set<string>;
/** Days before the sweep that a version began to be watched. */
let watchedFor: Map<string, number>;
let published: Record<string, number>[];
let invoked: number | undefined;
let fleetFaults: boolean;
let broken: Set<'states' | 'counters'>;
let counted: unknown[];
let logged: unknown[];
/** Messages and routes that the sweep has been given and has not let go: pages and batches. */
let most: { page: number; batch: number };

beforeEach(() => {
  models = [];
  sent = [];
  refused = () => false;
  drifting = new Set();
  watchedFor = new Map();
  published = [];
  invoked = undefined;
  fleetFaults = false;
  broken = new Set();
  counted = [];
  logged = [];
  most = { page: 0, batch: 0 };
});

const routeOf = (model: string): Route => ({
  ...{ tenant: 'acme', model, generation: 1, updatedAt: '' },
  stable: { version: '1.0.0', digest: digestA },
});

function checkedState(model: string): Monitoring {
  const version = { tenant: 'acme', model, version: '1.0.0', digest: digestA };
  const ratios = { warn: 1, retrain: 0, page: 0, critical: 0 };
  const alarm = { raised: 'warn', since: AT, checkedAt: 1, ratios, strands: {} } as const;
  return {
    ...stateOf(undefined, version, Date.parse(AT) - (watchedFor.get(model) ?? 0) * DAY_MS),
    alarms: drifting.has(model) ? { 'input-drift': alarm } : {},
  };
}

const attempts = new Map<string, number>();
const sweep = (kinds: CheckMessage['kinds'] = ['drift', 'health']) =>
  sweepModels({
    registry: {
      routes: async (limit, start = { at: 0 }) => {
        most.page = Math.max(most.page, limit);
        const from = Number(start.at);
        const items = models.slice(from, from + limit).map(routeOf);
        const end = from + limit;
        return end < models.length ? { items, next: { at: end } } : { items };
      },
    },
    queue: {
      send: async (messages) => {
        most.batch = Math.max(most.batch, messages.length);
        return messages.filter((message) => {
          const attempt = (attempts.get(message.model) ?? 0) + 1;
          attempts.set(message.model, attempt);
          if (refused(message, attempt)) return true;
          sent.push(CheckMessage.parse(message));
          return false;
        });
      },
    },
    states: {
      many: async (of) => {
        if (broken.has('states')) throw new Error('no states');
        return of.map(({ model }) => checkedState(model));
      },
    },
    metrics: {
      ofFleet: async (values) => {
        if (fleetFaults) throw new Error('throttled');
        published.push({ ...values });
      },
      invocations: async () => invoked,
    },
    invocations: {
      of: async (hour) => {
        if (broken.has('counters')) throw new Error('no counters');
        return hour === Date.parse(AT) / 3_600_000 - 2 ? 999 : 0;
      },
    },
    infer: 'infer',
    count: (...args) => void counted.push(args),
    log: { error: (...args: unknown[]) => void logged.push(args) },
  })({ at: AT, kinds });

beforeEach(() => attempts.clear());

describe('a sweep', () => {
  it('has every model checked at the same time, and tells nobody twice', async () => {
    models = ['churn', 'fraud', 'spam'];
    expect(await sweep()).toEqual({ models: 3, drifting: 0 });
    expect(sent).toEqual(
      models.map((model) => ({ tenant: 'acme', model, kinds: ['drift', 'health'], at: AT })),
    );
  });

  it('of 500 models holds a page of them and sends ten messages at once', async () => {
    models = Array.from({ length: 500 }, (_, i) => `model-${i}`);
    expect(await sweep()).toEqual({ models: 500, drifting: 0 });
    expect(new Set(sent.map(({ model }) => model)).size).toBe(500);
    expect(most).toEqual({ page: PAGE, batch: 10 });
  });

  it('of no model sends nothing', async () => {
    expect(await sweep()).toEqual({ models: 0, drifting: 0 });
    expect(published).toEqual([NONE_OVERDUE]);
  });

  it('sends again what the queue did not take', async () => {
    models = ['churn', 'fraud'];
    refused = ({ model }, attempt) => model === 'fraud' && attempt < 3;
    await sweep();
    expect(sent.map(({ model }) => model)).toEqual(['churn', 'fraud']);
  });

  it('names the models that the queue never took, when all others are sent', async () => {
    models = Array.from({ length: 120 }, (_, i) => `model-${i}`);
    refused = ({ model }) => model === 'model-7';
    await expect(sweep()).rejects.toThrow('1 of 120 models will not be checked');
    expect(sent).toHaveLength(119);
    refused = () => true;
    await expect(sweep()).rejects.toThrow(/^120 of 120 models.*: acme\/model-0, (?!.*model-20)/);
  });

  it('is done, and is not made again, where CloudWatch takes nothing: that is counted and logged', async () => {
    models = ['churn', 'fraud'];
    fleetFaults = true;
    expect(await sweep()).toEqual({ models: 2, drifting: 0 });
    expect(sent.map(({ model }) => model)).toEqual(models);
    expect(counted).toEqual([ONE_FAULT]);
    expect(logged).toEqual([
      ['sweep-faulted', { at: AT, notTold: 'what its metrics are', fault: new Error('throttled') }],
    ]);
  });

  it('that faults for a message tells of the fleet’s faults too', async () => {
    models = ['churn', 'fraud'];
    fleetFaults = true;
    refused = ({ model }) => model === 'fraud';
    await expect(sweep()).rejects.toThrow(/^1 of 2 models will not be checked.*: acme\/fraud; /);
    expect(sent.map(({ model }) => model)).toEqual(['churn']);
    expect(counted).toEqual([ONE_FAULT]);
  });

  it('that could do all of it counts no fault', async () => {
    models = ['churn'];
    await sweep();
    expect([counted, logged]).toEqual([[], []]);
  });

  it('sends every message, and tells what is known, though states cannot be read', async () => {
    models = Array.from({ length: 120 }, (_, i) => `model-${i}`);
    invoked = 999;
    broken.add('states');
    expect(await sweep()).toEqual({ models: 120 });
    expect(counted).toEqual([[{ Fleet: 'All' }, { SweepFaults: 3 }]]);
    expect(logged[0]).toMatchObject(['sweep-faulted', { notTold: 'how models fare' }]);
    expect(sent).toHaveLength(120);
    expect(published).toEqual([{ CaptureCoverage: 1 }]);
  });

  it('tells how many models drift though it cannot tell what was counted', async () => {
    models = Array.from({ length: 10 }, (_, i) => `model-${i}`);
    broken.add('counters');
    await sweep();
    expect(counted).toEqual([ONE_FAULT]);
    expect(logged[0]).toMatchObject([
      'sweep-faulted',
      { notTold: 'how many requests were counted' },
    ]);
    expect(sent).toHaveLength(10);
    expect(published).toEqual([{ ...NONE_OVERDUE, DriftingModelsShare: 0 }]);
  });

  it('says how many models drift, and how many requests of the hour before last were counted', async () => {
    models = Array.from({ length: 20 }, (_, i) => `model-${i}`);
    drifting = new Set(['model-0', 'model-9', 'model-13', 'model-14', 'model-19']);
    invoked = 1000;
    expect(await sweep()).toEqual({ models: 20, drifting: 5 });
    expect(published).toEqual([
      { ...NONE_OVERDUE, DriftingModelsShare: 0.25, CaptureCoverage: 0.999 },
    ]);
  });

  it('says how many models nobody has checked the dataset of for three weeks, on whatever page', async () => {
    models = Array.from({ length: 120 }, (_, i) => `model-${i}`);
    watchedFor = new Map([20, 21, 22, 23, 99].map((days) => [`model-${days}`, days]));
    await sweep();
    expect(published).toEqual([{ OverdueDatasetChecks: 3, DriftingModelsShare: 0 }]);
  });

  it('says nothing of a share of fewer than ten models', async () => {
    models = Array.from({ length: 9 }, (_, i) => `model-${i}`);
    drifting = new Set(['model-0']);
    expect(await sweep()).toEqual({ models: 9, drifting: 1 });
    expect(published).toEqual([NONE_OVERDUE]);
  });

  it('says nothing of requests where CloudWatch has none, nor of the fleet between ticks', async () => {
    models = Array.from({ length: 10 }, (_, i) => `model-${i}`);
    await sweep();
    await sweep(['dataset']);
    expect(published).toEqual([{ ...NONE_OVERDUE, DriftingModelsShare: 0 }]);
  });
});
