import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Level } from '#domain/gates/monitoring-policy.ts';
import { pageMessage } from '#domain/monitoring/alarms/page-message.ts';
import { DriftReport, type Watched } from '#domain/monitoring/report/drift-report.ts';
import { storyOf } from './reports.ts';

const churn = { tenant: 'acme', model: 'churn' };
const rung = {
  name: 'assay/acme/churn',
  state: 'ALARM',
  description: 'The model drifts. docs/runbook.md#modelneedsattention',
  reason: 'Threshold Crossed',
  at: '2026-01-01T12:01:02.123+0000',
} as const;

const ratios = (warn: number) => ({ warn, retrain: warn / 2, page: warn / 3, critical: 0 });
const feature = (name: string, psi: number) => ({
  name,
  outcome: 'DRIFT' as const,
  ratios: ratios(psi * 10),
  rows: 1200,
  missing: { value: 0, chance: 0, share: 0 },
  statistics: { psi: { value: psi, chance: 0.01 } },
});
const window = (hours: number, features: ReturnType<typeof feature>[]) => ({
  ...{ hours, from: `${hours} h before`, to: '2026-01-01T12:00:00.000Z' },
  ...{ requests: 300, rows: 1200, counted: 1200, features },
  inputs: {
    outcome: 'DRIFT' as const,
    ratios: ratios(4),
    driftedShare: 0.5,
    greatestRatio: Math.max(...features.map(({ ratios: { warn } }) => warn)),
    drifted: [],
  },
});
const driftReport = (names: readonly string[] = ['x/age', 'x/income', 'x/tenure', 'x/fee']) =>
  DriftReport.parse({
    schema: 'assay.drift-report/v1',
    ...{ id: '0', kinds: ['drift'], ...churn, version: '1.2.0', digest: 'a'.repeat(64) },
    at: '2026-01-01T12:00:00.000Z',
    windows: [
      window(
        6,
        names.map((name, i) => feature(name, 0.4 - i / 10)),
      ),
      window(24, [feature('x/other', 0.1)]),
    ],
    history: [],
    alarms: [...[alarm('latency', 'warn'), alarm('errors', null), alarm('input-drift', 'page')]],
    consequences: [],
    notes: [],
  });
const alarm = (watched: string, raised: string | null) => ({
  ...{ watched, raised, outcome: 'DRIFT', ratios: ratios(4), change: 'none' },
});
const key = 'drift-reports/acme/churn/0.json';

describe('a page', () => {
  it('names the pairs whose dependence changed, where that is an alarm', () => {
    const { dependence } = storyOf({ features: 2, drifted: 0, correlation: -0.8 }).windows[0] ?? {};
    const report = driftReport();
    const [first] = report.windows;
    if (!first || !dependence) throw new Error('no window');
    const windows = [{ ...first, dependence }];
    const page = (watched: string) =>
      pageMessage(rung, churn, {
        report: DriftReport.parse({ ...report, windows, alarms: [alarm(watched, 'page')] }),
        key,
      });
    expect(page('dependence-drift').cause).toEqual([
      'The model drifts.',
      'dependence-drift at level page',
      'dependence of features changed: X/age ~ X/income',
      'Threshold Crossed',
    ]);
    expect(page('input-drift').cause.join()).not.toContain('depend');
    expect(page('dependence-drift').features.map(({ name }) => name)).toEqual(
      dependence.pairs.slice(0, 3).map(({ name }) => name),
    );
    expect(page('dependence-drift').text).toMatch(/\n {2}X\/age ~ X\/income: PSI /);
    expect(page('input-drift').features.map(({ name }) => name)).toContain('x/age');
  });

  it('says the cause, the features that moved most, the report, the runbook and the way back', () => {
    const page = pageMessage(rung, churn, { report: driftReport(), key });
    expect(page.text).toBe(
      [
        'ALARM: ModelNeedsAttention of acme/churn',
        'The model drifts.',
        'input-drift at level page',
        'latency at level warn',
        'Threshold Crossed',
        'version 1.2.0, checked at 2026-01-01T12:00:00.000Z',
        'window 6 h before to 2026-01-01T12:00:00.000Z, 1200 rows',
        '  x/age: PSI 0.400, 4.00 × what warns, n = 1200',
        '  x/income: PSI 0.300, 3.00 × what warns, n = 1200',
        '  x/tenure: PSI 0.200, 2.00 × what warns, n = 1200',
        `report ${key} in the evidence bucket; see "assay drift churn --report"`,
        'runbook  docs/runbook.md#modelneedsattention',
        'roll back  assay rollback churn --severity critical --reason "alarm assay/acme/churn"',
      ].join('\n'),
    );
    expect(page).toMatchObject({
      ...{ alarm: 'assay/acme/churn', state: 'ALARM', rule: 'ModelNeedsAttention' },
      features: [{ name: 'x/age', psi: 0.4, rows: 1200 }, {}, {}],
      report: { version: '1.2.0', key, window: { rows: 1200 } },
    });
  });

  it('says so where there is no report', () => {
    const page = pageMessage({ ...rung, name: 'assay/acme/churn/ModelHarm' }, churn, undefined);
    expect(page.text).toContain('no drift report could be read for it');
    expect(page.runbook).toBe('docs/runbook.md#modelharm');
    expect(page.features).toEqual([]);
    expect(page).not.toHaveProperty('report');
  });

  it('of an alarm that is over offers no rollback, and owns that a trial may be why', () => {
    const page = pageMessage({ ...rung, state: 'OK' }, churn, undefined);
    expect(page.title).toBe('OK: ModelNeedsAttention of acme/churn');
    expect(page.text).toContain('or a version is on trial');
    expect(page.text).not.toContain('assay rollback');
  });

  it.each([
    ['assay/acme/churn/ModelAccuracyDrop', 'accuracy', 'NOT KNOWN'],
    ['assay/acme/churn/ModelHarm', 'errors', 'NOT KNOWN'],
    ['assay/acme/churn', 'fairness', 'NOT KNOWN'],
    ['assay/acme/churn/ModelDriftDetected', 'accuracy', 'OK'],
    ['assay/acme/churn/ModelLatencyHigh', 'accuracy', 'OK'],
  ] as const)(
    'of an alarm that ended for want of labels does not say that all is well: %s, %s',
    (name, watched, standing) => {
      const lapsed = {
        watched,
        outcome: 'INSUFFICIENT_DATA',
        ratios: ratios(0),
        raised: null,
      } as const;
      const report: DriftReport = { ...driftReport(), alarms: [{ ...lapsed, change: 'lapsed' }] };
      const page = pageMessage({ ...rung, name, state: 'OK' }, churn, { report, key });
      expect(page).toMatchObject({ state: 'OK', standing });
      expect(page.title.startsWith(`${standing}: `)).toBe(true);
      expect(page.text.includes(`${watched} is not known any more`)).toBe(standing !== 'OK');
    },
  );

  const stands = (watched: Watched, raised: Level | null, was?: Level) => ({
    ...{ watched, raised },
    ...(was && { lapsed: was }),
  });
  const outcomes = { ...rung, name: 'assay/acme/churn/ModelAccuracyDrop', state: 'OK' } as const;

  it('of an alarm that ended by a later check remembers what had lapsed before', () => {
    const [first] = driftReport().alarms;
    if (!first) throw new Error('no alarm');
    const cleared = { ...first, watched: 'errors', raised: null, change: 'cleared' } as const;
    const report: DriftReport = {
      ...driftReport(),
      alarms: [cleared],
      standing: [stands('accuracy', null, 'page')],
    };
    const page = pageMessage(outcomes, churn, { report, key });
    expect(page.title).toBe('NOT KNOWN: ModelAccuracyDrop of acme/churn');
    expect(page.text).toContain('accuracy is not known any more');
    const judgedSince = pageMessage(outcomes, churn, { report, key, standing: [] });
    expect(judgedSince.standing).toBe('OK');
  });

  it('says what stands by the latest report, the gravest first, whichever report explains it', () => {
    const standing = [
      stands('dependence-drift', 'retrain'),
      stands('fairness', 'page'),
      stands('accuracy', null, 'page'),
    ];
    const { cause } = pageMessage(rung, churn, { report: driftReport(), key, standing });
    expect(cause).toEqual([
      'The model drifts.',
      'fairness at level page',
      'dependence-drift at level retrain',
      'Threshold Crossed',
    ]);
  });

  it('keeps names that a model brings, and reasons, to one line each', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary' }), { maxLength: 5 }),
        fc.string(),
        (names, reason) => {
          const report = driftReport(names.length > 0 ? names : ['x']);
          const plain = driftReport(names.length > 0 ? names.map(() => 'x') : ['x']);
          const lines = (of: DriftReport, why: string) =>
            pageMessage({ ...rung, reason: why }, churn, { report: of, key }).text.split(
              /[\n\r\u2028\u2029\u0085]/,
            ).length;
          expect(lines(report, reason)).toBe(lines(plain, 'why'));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('puts nothing into the command that a shell would take for more', () => {
    const { rollback } = pageMessage({ ...rung, name: 'x"; rm -rf $HOME `' }, churn, undefined);
    expect(rollback).toBe(
      'assay rollback churn --severity critical --reason "alarm x?? rm -rf ?HOME ?"',
    );
  });
});
