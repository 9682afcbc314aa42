import { Hono } from 'hono';
import * as z from 'zod/mini';
import type { ExperimentMachine } from '#aws/experiment-machine.ts';
import type { Experiments } from '#aws/experiments.ts';
import type { Routes } from '#aws/routes.ts';
import { Draft } from '#domain/experiments/draft-plan.ts';
import { abortedBy, stoppedBy } from '#domain/experiments/progress.ts';
import type { ExperimentRecord } from '#domain/experiments/record.ts';
import { hashOf } from '#domain/registry/canonical.ts';
import { act } from '../act.ts';
import { type Api, allow } from './caller.ts';
import { experimentSummaryOf, experimentViewOf } from './experiment-view.ts';
import { readBody } from './input.ts';
import { namedModel } from './named-model.ts';
import { type PlanPorts, plannedFrom } from './planned-experiment.ts';
import { notFound, Refused } from './problem.ts';

const Stop = z.strictObject({
  reason: z.optional(
    z
      .string()
      .check(
        z.trim(),
        z.minLength(1, { error: 'a reason that is not blank' }),
        z.maxLength(500, { error: 'a reason of at most 500 characters' }),
      ),
  ),
});

export interface ExperimentPorts extends PlanPorts {
  readonly routes: Pick<Routes, 'of'>;
  readonly experiments: Pick<Experiments, 'get' | 'list' | 'create' | 'stop' | 'conclude'>;
  readonly experimentMachine: Pick<ExperimentMachine, 'start'>;
}

type Model = ReturnType<typeof namedModel>;

/** What looks at an experiment changes it too: after so many times the caller asks again. */
const TURNS = 5;

/** Comparisons of versions on the people who use them, and the people who plan and end them. */
export const experimentRoutes = (ports: ExperimentPorts) =>
  new Hono<Api>()
    .get('/models/:model/experiments', allow('read'), async (c) => {
      const records = await ports.experiments.list(namedModel(c.req.param('model'), c.var.caller));
      return c.json({ items: records.toReversed().map(experimentSummaryOf) });
    })
    .get('/models/:model/experiments/:id', allow('read'), async (c) => {
      const model = namedModel(c.req.param('model'), c.var.caller);
      const record = await found(ports, model, c.req.param('id'));
      return c.json(experimentViewOf(record, await ports.routes.of(model)));
    })
    .post('/models/:model/experiments', allow('experiment'), async (c) => {
      const { caller } = c.var;
      const model = namedModel(c.req.param('model'), caller);
      const now = act(caller.id);
      const record = await plannedFrom(ports, model, await readBody(c.req, Draft), now);
      const { ok } = await ports.experiments.create(record, now);
      // Whoever sends the same plan again has not heard that it was kept.
      const kept = ok ? record : await found(ports, model, record.id);
      if (kept.state.status !== 'PLANNED' || hashOf(kept.plan) !== hashOf(record.plan)) {
        throw new Refused(
          409,
          `there was an experiment ${record.id} of ${model.model} before, which is ${kept.state.status}; give this one another id`,
        );
      }
      await ports.experimentMachine.start(kept, 'begin');
      return c.json(experimentViewOf(kept, undefined), 202);
    })
    .post('/models/:model/experiments/:id/stop', allow('experiment'), async (c) => {
      const { caller } = c.var;
      const model = namedModel(c.req.param('model'), caller);
      const { reason = `stopped by ${caller.id}` } = await readBody(c.req, Stop);
      const record = await stopped(ports, model, c.req.param('id'), caller.id, reason);
      const over = record.state.status === 'CONCLUDED' || record.state.status === 'ABORTED';
      // A start that was lost is made again, once for each state that the experiment is found in.
      if (!over) await ports.experimentMachine.start(record, `stop-${record.rev}`);
      return c.json(experimentViewOf(record, await ports.routes.of(model)), over ? 200 : 202);
    });

/** The record with a person's wish to end it; what has not begun ends at once. */
async function stopped(
  ports: ExperimentPorts,
  model: Model,
  id: string,
  person: string,
  reason: string,
): Promise<ExperimentRecord> {
  for (let turn = 0; turn < TURNS; turn++) {
    const record = await found(ports, model, id);
    const { status } = record.state;
    if (record.stop || status === 'CONCLUDED' || status === 'ABORTED') return record;
    const now = act(person);
    const at = { ms: Date.parse(now.at), iso: now.at };
    const stop = { at: now.at, by: person, reason };
    const aborted =
      status === 'PLANNED' && abortedBy(stoppedBy(record, stop), 'person', undefined, at);
    const next = aborted || stoppedBy(record, stop);
    const written = aborted
      ? await ports.experiments.conclude(record, next, undefined, now)
      : await ports.experiments.stop(record, next, now);
    if (written.ok) return next;
  }
  throw new Refused(
    409,
    `experiment ${id} changed ${TURNS} times meanwhile; look at it and ask again`,
  );
}

async function found(
  { experiments }: ExperimentPorts,
  model: Model,
  id: string,
): Promise<ExperimentRecord> {
  const record = await experiments.get(model, id);
  if (!record) throw notFound('such experiment');
  return record;
}
