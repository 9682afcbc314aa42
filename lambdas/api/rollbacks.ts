import { Hono } from 'hono';
import { v7 as uuid } from 'uuid';
import * as z from 'zod/mini';
import type { RollbackMachine } from '#aws/rollback-machine.ts';
import type { Rollbacks } from '#aws/rollbacks.ts';
import type { Routes } from '#aws/routes.ts';
import { SEVERITIES } from '#domain/rollout/record.ts';
import { executionName, type RollbackRequest } from '#domain/rollout/rollback-request.ts';
import { isQuarantined } from '#domain/serving/routing/decide.ts';
import type { RouteDocument, Target } from '#domain/serving/routing/route-document.ts';
import { type Api, allow } from './caller.ts';
import { readBody } from './input.ts';
import { namedModel } from './named-model.ts';
import { notFound, Refused } from './problem.ts';
import { rollbackViewOf } from './rollback-view.ts';
import { Reason } from './rollouts.ts';

const Body = z.strictObject({
  /** The version to go back to: the candidate's stable one, or stable's predecessor. */
  to: z.optional(z.string().check(z.minLength(1), z.maxLength(64))),
  severity: z.enum(SEVERITIES),
  reason: Reason,
});

export interface RollbackPorts {
  readonly routes: Pick<Routes, 'of'>;
  readonly rollbacks: Pick<Rollbacks, 'list'>;
  readonly rollbackMachine: Pick<RollbackMachine, 'request'>;
}

/** Takes a version out of traffic, and tells what became of it. Whoever may roll, may at any time. */
export const rollbackRoutes = ({ routes, rollbacks, rollbackMachine }: RollbackPorts) =>
  new Hono<Api>()
    .get('/models/:model/rollbacks', allow('read'), async (c) => {
      const records = await rollbacks.list(namedModel(c.req.param('model'), c.var.caller));
      return c.json({ items: records.toReversed().map(rollbackViewOf) });
    })
    .post('/models/:model/rollback', allow('roll'), async (c) => {
      const { caller } = c.var;
      const model = namedModel(c.req.param('model'), caller);
      const { to, severity, reason } = await readBody(c.req, Body);
      const route = await routes.of(model);
      if (!route) throw notFound('model in production of that name');
      const now = Date.now();
      const wrong = wayBack(route, to, now);
      if (to === undefined && wrong.from.digest === route.stable.digest) {
        await refuseSecond(rollbacks, model, wrong.to, now);
      }
      const request: RollbackRequest = {
        ...model,
        ...{ id: uuid(), severity, reason, trigger: 'person', actor: caller.id },
        ...{ digest: wrong.from.digest, version: wrong.from.version, to: wrong.to.version },
        generation: route.generation,
      };
      await rollbackMachine.request(request);
      const { id, version } = request;
      return c.json({ id, execution: executionName(request), version, to: wrong.to.version }, 202);
    });

/** How long one call that came twice could otherwise take two versions back, one after the other. */
const SETTLED_MS = 5 * 60_000;

/** @throws Refused where stable would go right after something else did, and nobody named it. */
async function refuseSecond(
  rollbacks: RollbackPorts['rollbacks'],
  model: Parameters<Rollbacks['list']>[0],
  { version }: Target,
  now: number,
): Promise<void> {
  const last = (await rollbacks.list(model)).at(-1);
  if (!last?.killed || now - Date.parse(last.createdAt) > SETTLED_MS) return;
  throw new Refused(
    409,
    `${last.version} was rolled back within the last five minutes; to take back stable too, say that it goes back to ${version}`,
  );
}

interface WayBack {
  readonly from: Target;
  readonly to: Target;
}

/**
 * What goes and what answers afterwards: the candidate before stable, unless `to` says otherwise.
 * @throws Refused naming the ways that there are.
 */
function wayBack(route: RouteDocument, to: string | undefined, now: number): WayBack {
  const { stable, candidate, previous } = route;
  const ways: WayBack[] = [
    ...(candidate ? [{ from: candidate, to: stable }] : []),
    ...(previous && !isQuarantined(route, previous.digest, now)
      ? [{ from: stable, to: previous }]
      : []),
  ];
  const way = ways.find((one) => to === undefined || one.to.version === to);
  if (way) return way;
  const possible = ways.map((one) => `${one.to.version} (from ${one.from.version})`).join(' or ');
  throw new Refused(
    409,
    `got ${to ?? 'no version'} to go back to, expected ${possible || `a version before stable ${stable.version} that is not in quarantine, and there is none`}`,
  );
}
