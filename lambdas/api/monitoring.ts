import { Hono } from 'hono';
import * as z from 'zod/mini';
import type { AskedChecks } from '#aws/asked-checks.ts';
import { type ModelRegistry, modelIndexKey } from '#aws/model-registry.ts';
import type { MonitoringStates } from '#aws/monitoring.ts';
import type { Policies } from '#aws/policies.ts';
import { DEFAULT_POLICY, resolvePolicy } from '#domain/gates/policy.ts';
import { CheckKinds } from '#domain/monitoring/check/check-message.ts';
import { overdueKinds } from '#domain/monitoring/check/overdue.ts';
import type { Monitoring } from '#domain/monitoring/check/state.ts';
import { CHECKS, type CheckKind } from '#domain/monitoring/report/drift-report.ts';
import type { Headline } from '#domain/monitoring/report/headline.ts';
import { modelKey } from '#domain/registry/keys.ts';
import { type Api, allow } from './caller.ts';
import { decodeCursor, PageQuery, pageOf, startKeyOf } from './cursor.ts';
import { readBody, readQuery } from './input.ts';
import { headlineOf, monitoringViewOf } from './monitoring-view.ts';
import { namedModel } from './named-model.ts';
import { notFound, Refused } from './problem.ts';

const PAGE = 50;
/** A model is checked on request once in it. */
const MINUTE_MS = 60_000;

const Asked = z.strictObject({ kinds: z._default(CheckKinds, [...CHECKS]) });

type Model = ReturnType<typeof namedModel>;

export interface MonitoringPorts {
  readonly registry: Pick<ModelRegistry, 'model' | 'models'>;
  readonly monitoring: Pick<MonitoringStates, 'get' | 'many'>;
  readonly reports: { list(model: Model, limit: number): Promise<readonly Headline[]> };
  readonly policies: Pick<Policies, 'layersOf'>;
  readonly checks: Pick<AskedChecks, 'ask'>;
  /** How often it is looked which checks are due. */
  readonly tickMinutes: number;
  /** Of CloudWatch, where the same is drawn. */
  readonly dashboard: { readonly region: string; readonly name: string };
}

/** How what runs fares by its checks, and the people who ask for one out of turn. */
export const monitoringRoutes = (ports: MonitoringPorts) =>
  new Hono<Api>()
    .get('/monitoring', allow('read'), async (c) => {
      const { tenant } = c.var.caller;
      const start = decodeCursor(
        startKeyOf(modelIndexKey(tenant), modelKey({ tenant, model: '' })),
        readQuery(c.req, PageQuery).cursor,
      );
      const page = await ports.registry.models(tenant, PAGE, start);
      const serving = page.items.filter(({ champion }) => champion !== undefined);
      const states = await ports.monitoring.many(serving.map(({ model }) => ({ tenant, model })));
      const items = await Promise.all(
        serving.map(async ({ model, champion }) => {
          const state = states.find((one) => one.model === model);
          return monitoringViewOf(model, champion, state, await overdueOf(ports, state));
        }),
      );
      return c.json({ ...pageOf(items, page.next), dashboard: ports.dashboard });
    })
    .get('/models/:model/monitoring', allow('read'), async (c) => {
      const model = namedModel(c.req.param('model'), c.var.caller);
      const [record, state, [latest]] = await Promise.all([
        ports.registry.model(model),
        ports.monitoring.get(model),
        ports.reports.list(model, 1),
      ]);
      if (!record) throw notFound('such model');
      return c.json({
        ...monitoringViewOf(model.model, record.champion, state, await overdueOf(ports, state)),
        ...(latest && { latest: headlineOf(latest) }),
      });
    })
    .post('/models/:model/checks', allow('check'), async (c) => {
      const model = namedModel(c.req.param('model'), c.var.caller);
      const { kinds } = await readBody(c.req, Asked);
      const record = await ports.registry.model(model);
      if (!record) throw notFound('such model');
      if (!record.champion) {
        throw new Refused(409, `no version of ${model.model} serves that could be checked`);
      }
      const at = new Date(Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS).toISOString();
      const made = await ports.checks.ask({ ...model, kinds, at, asked: true });
      const answer = { model: model.model, version: record.champion, kinds: made.kinds, at };
      return c.json(answer, 202);
    });

/** By the policy in force, which may ask for checks more or less often than others do. */
async function overdueOf(
  { policies, tickMinutes }: MonitoringPorts,
  state: Monitoring | undefined,
): Promise<readonly CheckKind[]> {
  if (!state) return [];
  const { tenant, model } = await policies.layersOf(state);
  const { monitoring } = resolvePolicy(DEFAULT_POLICY, tenant, model);
  return overdueKinds(state, Date.now(), monitoring, tickMinutes);
}
