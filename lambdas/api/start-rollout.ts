import { Hono } from 'hono';
import { v7 as uuid } from 'uuid';
import * as z from 'zod/mini';
import type { Approvals } from '#aws/approvals.ts';
import type { ModelRegistry } from '#aws/model-registry.ts';
import type { Policies } from '#aws/policies.ts';
import type { RolloutMachine } from '#aws/rollout-machine.ts';
import type { Rollouts } from '#aws/rollouts.ts';
import type { Routes } from '#aws/routes.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import { isQuarantined } from '#domain/serving/routing/decide.ts';
import { layersInForce, POLICY_CHANGED } from '../registry/approved-terms.ts';
import { type Api, allow } from './caller.ts';
import { readBody } from './input.ts';
import { Refused } from './problem.ts';
import { findVersion } from './version.ts';

const Nothing = z.strictObject({});

export interface StartPorts {
  readonly registry: Pick<ModelRegistry, 'version'>;
  readonly approvals: Pick<Approvals, 'get'>;
  readonly policies: Pick<Policies, 'layersOf'>;
  readonly routes: Pick<Routes, 'of'>;
  readonly rollouts: Pick<Rollouts, 'list'>;
  readonly rolloutMachine: Pick<RolloutMachine, 'start'>;
}

/** Tries an approved version anew, whose first rollout was aborted or broke off. */
export const startRoutes = (ports: StartPorts) =>
  new Hono<Api>().post('/models/:model/versions/:version/rollout', allow('roll'), async (c) => {
    await readBody(c.req, Nothing);
    const record = await findVersion(ports.registry, c.var.caller.tenant, c.req.param());
    const rollouts = await ports.rollouts.list(record);
    const running = rollouts.findLast(({ status }) => status === 'RUNNING');
    const problem = running
      ? `${running.version} is on trial already; abort that rollout, or wait for its end`
      : await problemOf(ports, record);
    if (problem) throw new Refused(409, problem);

    const { tenant, model, version, digest } = record;
    const rollout = { id: uuid(), tenant, model, version, digest };
    const after = rollouts.at(-1)?.id;
    if ((await ports.rolloutMachine.start(rollout, after)) === 'started') {
      return c.json({ id: rollout.id, version }, 202);
    }
    throw new Refused(409, `a rollout of ${model}@${version} was started a moment ago; look at it`);
  });

/** What would keep the version from beginning, as it is now; the rollout itself asks again. */
async function problemOf(ports: StartPorts, record: VersionRecord): Promise<string | undefined> {
  const { tenant, model, version, state, digest } = record;
  if (state !== 'STAGING') return `${model}@${version} is ${state}, expected STAGING`;
  const [approval, route, layers] = await Promise.all([
    record.approval ? ports.approvals.get(tenant, record.approval) : undefined,
    ports.routes.of(record),
    layersInForce(ports.policies, record),
  ]);
  if (approval?.status !== 'APPROVED' || approval.digest !== digest) {
    return `${model}@${version} has ${approval ? `an approval that is ${approval.status}` : 'no approval'}, expected one that is APPROVED; a version that was rolled back lost its own`;
  }
  if (!record.admission) return `${model}@${version} is not admitted; its release is not that far`;
  if (!route) return `no version of ${model} serves that ${version} could be compared with`;
  if (isQuarantined(route, digest, Date.now())) {
    return `${model}@${version} is in quarantine; wait for the end of its cool-down`;
  }
  return layers ? undefined : POLICY_CHANGED;
}
