import type { AskedChecks } from '#aws/asked-checks.ts';
import type { DriftReports, KeptReport } from '#aws/drift-reports.ts';
import type { MonitoringStates } from '#aws/monitoring.ts';
import type { CheckMessage } from '#domain/monitoring/check/check-message.ts';
import { NO_CONCEPT } from '#domain/monitoring/check/concept.ts';
import type { Monitoring } from '#domain/monitoring/check/state.ts';
import type { DriftReport } from '#domain/monitoring/report/drift-report.ts';
import { headlineOf } from '#domain/monitoring/report/headline.ts';
import { reportHtml } from '#domain/monitoring/report/report-html.ts';
import { NO_RATIOS } from '#domain/monitoring/statistics/levels.ts';
import { DIGEST } from '../access/fake-approvals.ts';

const AT = '2026-01-01T00:00:00.000Z';
const AT_MS = Date.parse(AT);

/** Version 1.0.0 of acme's model fraud, checked once and quiet. */
export const stateOf = (more: Partial<Monitoring> = {}): Monitoring => ({
  tenant: 'acme',
  model: 'fraud',
  version: '1.0.0',
  digest: DIGEST,
  rev: 3,
  checkedAt: { drift: AT_MS, health: AT_MS + 3_600_000 },
  alarms: {},
  proposals: { proposedAt: [] },
  blocked: false,
  concept: NO_CONCEPT,
  updatedAt: AT,
  ...more,
});

export const alarmOf = (
  raised: 'warn' | 'retrain' | 'page' | 'critical' | null,
  warn: number,
): NonNullable<Monitoring['alarms']['errors']> => ({
  raised,
  ...(raised && { since: AT }),
  checkedAt: AT_MS,
  ratios: { ...NO_RATIOS, warn },
  strands: {},
});

/** The n-th report of acme's model fraud, an hour after the one before. */
export const reportNo = (n: number, more: Partial<DriftReport> = {}): DriftReport => ({
  schema: 'assay.drift-report/v1',
  id: `0198c5f0-0000-7000-8000-${String(n).padStart(12, '0')}`,
  kinds: ['drift'],
  tenant: 'acme',
  model: 'fraud',
  version: '1.0.0',
  digest: DIGEST,
  at: new Date(AT_MS + n * 3_600_000).toISOString(),
  windows: [],
  history: [],
  alarms: [],
  consequences: [],
  notes: [],
  ...more,
});

const pointer = (key: string) => ({ key, versionId: '1', sha256: DIGEST });

/** As it lies in the index, with its keys. */
const kept = (report: DriftReport): KeptReport => ({
  ...headlineOf(report),
  ...{ PK: `T#acme#K#${report.model}`, SK: report.at },
  ...{ json: pointer(`${report.id}.json`), html: pointer(`${report.id}.html`) },
});

type Model = Parameters<MonitoringStates['get']>[0];
const isOf =
  ({ tenant, model }: Model) =>
  (one: Model): boolean =>
    one.tenant === tenant && one.model === model;

/** What checks of models have left, in memory. */
export class FakeMonitoring {
  readonly states: Monitoring[] = [];
  /** Oldest first. */
  readonly held: DriftReport[] = [];
  readonly asked: CheckMessage[] = [];

  readonly monitoring: Pick<MonitoringStates, 'get' | 'many'> = {
    get: async (model) => this.states.find(isOf(model)),
    many: async (models) => models.flatMap((model) => this.states.filter(isOf(model))),
  };

  readonly reports: { -readonly [K in 'list' | 'get' | 'page']: DriftReports[K] } = {
    list: async (model, limit, before) =>
      this.held
        .filter(isOf(model))
        .filter(({ at }) => before === undefined || at < before.at)
        .toReversed()
        .slice(0, limit)
        .map(kept),
    get: async (model, id) => {
      const report = this.held.filter(isOf(model)).find((one) => one.id === id);
      return report && { report, key: `${id}.json`, kept: kept(report) };
    },
    page: async ({ html }) => {
      const report = this.held.find(({ id }) => html.key === `${id}.html`);
      if (!report) throw new Error(`no page ${html.key}`);
      return new TextEncoder().encode(reportHtml(report));
    },
  };

  readonly checks: Pick<AskedChecks, 'ask'> = {
    ask: async (message) => {
      const before = this.asked.find((one) => isOf(message)(one) && one.at === message.at);
      if (!before) this.asked.push(message);
      return before ?? message;
    },
  };
}
