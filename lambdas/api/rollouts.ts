import { Hono } from 'hono';
import { v7 as uuid } from 'uuid';
import * as z from 'zod/mini';
import type { ModelRegistry } from '#aws/model-registry.ts';
import type { Written } from '#aws/registry-table.ts';
import type { RollbackMachine } from '#aws/rollback-machine.ts';
import type { Rollouts } from '#aws/rollouts.ts';
import type { Routes } from '#aws/routes.ts';
import type { RolloutRecord } from '#domain/rollout/record.ts';
import { act } from '../act.ts';
import { type Api, allow } from './caller.ts';
import { readBody } from './input.ts';
import { namedModel } from './named-model.ts';
import { notFound, Refused } from './problem.ts';
import { leaveBy } from './rollout-leave.ts';
import { rolloutSummaryOf, rolloutViewOf } from './rollout-view.ts';

/** Kept with the rollout, and told to whoever asks what happened. */
export const Reason = z
  .string()
  .check(
    z.trim(),
    z.minLength(1, { error: 'a reason that is not blank' }),
    z.maxLength(500, { error: 'a reason of at most 500 characters' }),
  );

const Because = z.strictObject({ reason: z.optional(Reason) });
const Resumption = z.strictObject({
  reason: z.optional(Reason),
  /** Begin the next step although the evidence for it is missing. */
  allowStep: z.optional(z.literal(true)),
  /** Since when the block stands that the caller knows of: where another one does, nothing is allowed. */
  despite: z.optional(z.string().check(z.minLength(1), z.maxLength(40))),
});

export interface RolloutPorts {
  readonly registry: Pick<ModelRegistry, 'version'>;
  readonly rollouts: Pick<Rollouts, 'list' | 'running' | 'pause' | 'resume' | 'allow'>;
  readonly routes: Pick<Routes, 'of'>;
  readonly rollbackMachine: Pick<RollbackMachine, 'request'>;
}

type Model = ReturnType<typeof namedModel>;

/** What looks at a rollout change it too: after so many of them the caller asks again. */
const TURNS = 5;

/** How versions come to traffic, and the people who hold them, let them go on, or end it. */
export const rolloutRoutes = (ports: RolloutPorts) =>
  new Hono<Api>()
    .get('/models/:model/rollout', allow('read'), async (c) =>
      c.json(await latest(ports, namedModel(c.req.param('model'), c.var.caller))),
    )
    .get('/models/:model/rollouts', allow('read'), async (c) => {
      const records = await ports.rollouts.list(namedModel(c.req.param('model'), c.var.caller));
      return c.json({ items: records.toReversed().map(rolloutSummaryOf) });
    })
    .post('/models/:model/rollout/pause', allow('roll'), async (c) => {
      const { caller } = c.var;
      const model = namedModel(c.req.param('model'), caller);
      const { reason = `paused by ${caller.id}` } = await readBody(c.req, Because);
      await change(ports, model, async (record) =>
        record.paused ? undefined : ports.rollouts.pause(record, act(caller.id), reason),
      );
      return c.json(await latest(ports, model));
    })
    .post('/models/:model/rollout/resume', allow('roll'), async (c) => {
      const { caller } = c.var;
      const model = namedModel(c.req.param('model'), caller);
      const body = await readBody(c.req, Resumption);
      const { reason = `resumed by ${caller.id}`, allowStep, despite } = body;
      if (despite !== undefined && !allowStep) throw despiteAlone();
      if (allowStep) {
        await change(ports, model, leaveBy(ports, caller, { reason, despite }));
      }
      await change(ports, model, async (record) => {
        if (record.paused) return ports.rollouts.resume(record, act(caller.id), reason);
        if (record.asked && !allowStep) throw undecided(record.asked.reason);
        return undefined;
      });
      return c.json(await latest(ports, model));
    })
    .post('/models/:model/rollout/abort', allow('roll'), async (c) => {
      const { caller } = c.var;
      const model = namedModel(c.req.param('model'), caller);
      const { reason = `aborted by ${caller.id}` } = await readBody(c.req, Because);
      const { version, digest, baseline } = await running(ports, model);
      const route = await ports.routes.of(model);
      if (!route) throw notRunning(model);
      const id = uuid();
      await ports.rollbackMachine.request({
        ...model,
        ...{ id, version, digest, reason, generation: route.generation, actor: caller.id },
        ...{ severity: 'critical', trigger: 'person', abort: true },
      });
      return c.json({ id, version, to: baseline }, 202);
    });

async function latest({ rollouts, routes }: RolloutPorts, model: Model) {
  const [records, route] = await Promise.all([rollouts.list(model), routes.of(model)]);
  const record = records.at(-1);
  if (!record) throw notFound('rollout of such a model');
  return rolloutViewOf(record, route);
}

/** Writes what a person decided on a rollout as it stands; undefined where it is so already. */
async function change(
  ports: RolloutPorts,
  model: Model,
  write: (record: RolloutRecord) => Promise<Written | undefined>,
): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) {
    const written = await write(await running(ports, model));
    if (!written || written.ok) return;
  }
  throw new Refused(
    409,
    `the rollout of ${model.model} changed ${TURNS} times meanwhile; look at it and ask again`,
  );
}

const despiteAlone = (): Refused =>
  new Refused(
    400,
    'despite: got it without "allowStep": true, expected both: add it, or leave it out',
  );

const undecided = (reason: string): Refused =>
  new Refused(
    409,
    `the rollout is not paused, it asks for a decision: ${reason}; send "allowStep": true to begin the next step without the evidence, or abort it`,
  );

async function running({ rollouts }: RolloutPorts, model: Model): Promise<RolloutRecord> {
  const record = await rollouts.running(model);
  if (record) return record;
  throw (await rollouts.list(model)).length > 0 ? notRunning(model) : notFound('such rollout');
}

const notRunning = ({ model }: Model): Refused =>
  new Refused(
    409,
    `no rollout of ${model} is running; see its rollouts for how the last one ended`,
  );
