import { Hono } from 'hono';
import type { Approvals } from '#aws/approvals.ts';
import type { EvidenceBucket } from '#aws/evidence-bucket.ts';
import type { GateResults } from '#aws/gate-results.ts';
import type { ModelRegistry } from '#aws/model-registry.ts';
import type { Rollouts } from '#aws/rollouts.ts';
import type { Routes } from '#aws/routes.ts';
import type { GateReport } from '#domain/gates/gate-result.ts';
import { ModelName } from '#domain/registry/subject.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import { normaliseVersion } from '#domain/registry/versions.ts';
import { type Api, allow } from './caller.ts';
import { notFound } from './problem.ts';
import { rolloutBriefOf } from './rollout-view.ts';
import { ballotOf, gateViewOf, stageChangeOf, summaryOf } from './version-view.ts';

export interface VersionPorts {
  readonly registry: Pick<ModelRegistry, 'version' | 'history'>;
  readonly results: Pick<GateResults, 'list'>;
  readonly evidence: Pick<EvidenceBucket, 'readJson'>;
  readonly approvals: Pick<Approvals, 'get' | 'votes'>;
  readonly rollouts: Pick<Rollouts, 'list'>;
  readonly routes: Pick<Routes, 'of'>;
}

/** Everything that was found out and decided about one version. */
export const versionRoutes = (ports: VersionPorts) =>
  new Hono<Api>().get('/models/:model/versions/:version', allow('read'), async (c) => {
    const { registry, results, evidence, approvals } = ports;
    const { tenant } = c.var.caller;
    const record = await findVersion(registry, tenant, c.req.param());
    const gates = async () =>
      Promise.all(
        (await results.list(record)).map(async (gate) =>
          gateViewOf(gate, (await evidence.readJson(gate.result)) as GateReport),
        ),
      );
    const ballot = async () => {
      const approval = record.approval && (await approvals.get(tenant, record.approval));
      return approval ? ballotOf(approval, await approvals.votes(tenant, approval.id)) : undefined;
    };
    const [judged, approval, history, rollout] = await Promise.all([
      gates(),
      ballot(),
      registry.history(record),
      lastRollout(ports, record),
    ]);
    return c.json({
      ...summaryOf(record),
      signed: record.signature !== undefined,
      admitted: record.admission !== undefined,
      gates: judged,
      approval,
      rollout,
      history: history.map(stageChangeOf),
    });
  });

/** How the version came to traffic, or did not, the last time that it was tried. */
async function lastRollout({ rollouts, routes }: VersionPorts, record: VersionRecord) {
  const all = await rollouts.list(record);
  const last = all.findLast(({ version }) => version === record.version);
  if (!last) return undefined;
  return rolloutBriefOf(last, last.status === 'RUNNING' ? await routes.of(record) : undefined);
}

/** @throws Refused when the tenant has no such version, or could not have one of that name. */
export async function findVersion(
  registry: Pick<ModelRegistry, 'version'>,
  tenant: string,
  path: { readonly model: string; readonly version: string },
): Promise<VersionRecord> {
  const model = ModelName.safeParse(path.model);
  const version = normaliseVersion(path.version);
  const record =
    model.success && version.ok
      ? await registry.version({ tenant, model: model.data, version: version.version })
      : undefined;
  if (!record) throw notFound('such version');
  return record;
}
