import * as z from 'zod/mini';
import { Approvals } from '#aws/approvals.ts';
import { Experiments } from '#aws/experiments.ts';
import { ModelRegistry } from '#aws/model-registry.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import { Routes } from '#aws/routes.ts';
import { routed } from '#domain/experiments/allocate.ts';
import { isRunning } from '#domain/experiments/next-move.ts';
import { type At, abortedBy, begunBy, continuedBy } from '#domain/experiments/progress.ts';
import type { ExperimentRecord } from '#domain/experiments/record.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';
import type { Transition } from '#domain/serving/routing/transition.ts';
import { startExperiment } from '#domain/serving/routing/trial.ts';
import { act } from '../act.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';
import { experimentInput } from './experiment-input.ts';
import { leaseSeconds } from './lease.ts';
import { treatmentsOf } from './treatments.ts';

const Input = z.strictObject(experimentInput);

/** What a Choice routes on; what is blocked serves nobody, and its record says why. */
type Begun =
  | { readonly outcome: 'begun'; readonly seconds: number }
  | { readonly outcome: 'blocked'; readonly reason: string };

interface Ports {
  readonly experiments: Pick<Experiments, 'get' | 'begin' | 'continue' | 'conclude'>;
  readonly registry: Pick<ModelRegistry, 'version'>;
  readonly approvals: Pick<Approvals, 'get'>;
  readonly routes: Pick<Routes, 'of'>;
}

type Act = ReturnType<typeof act>;

/** Other changes of the same route or record that may come between reading and writing. */
const TURNS = 5;

/** A Wait state takes whole seconds; there is nothing to wait for. */
const AT_ONCE = 1;

/** Conditions that no second try can make true. */
const BLOCKS: Readonly<Record<string, string>> = {
  treatment: 'a treatment changed its stage',
  approval: 'the approval of a treatment no longer stands',
  quarantine: 'a treatment is in quarantine',
};

/** Gives the treatments their shares, in one transaction that checks that they still may have them. */
export const beginExperiment =
  (ports: Ports) =>
  async ({ experiment, execution }: z.infer<typeof Input>): Promise<Begun> => {
    for (let turn = 0; turn < TURNS; turn++) {
      const now = act('begin-experiment');
      const record = await ports.experiments.get(experiment, experiment.id);
      if (!record) return { outcome: 'blocked', reason: `there is no experiment ${experiment.id}` };
      const begun =
        record.state.status === 'PLANNED'
          ? await begin(ports, record, execution, now)
          : await takeOver(ports, record, execution, now);
      if (begun) return begun;
    }
    throw new Error(
      `the route of ${experiment.model} changed ${TURNS} times while beginning; retry`,
    );
  };

/** Undefined where something changed meanwhile, and all is to be read again. */
async function begin(
  ports: Ports,
  record: ExperimentRecord,
  execution: string,
  now: Act,
): Promise<Begun | undefined> {
  const at = { ms: Date.parse(now.at), iso: now.at };
  const { treatments, barred } = await treatmentsOf(ports, record.plan);
  if (barred !== undefined) return blocked(ports, record, barred, now);
  const route = await ports.routes.of(record);
  if (route?.stable.digest !== record.plan.control.digest) {
    return blocked(ports, record, controlGone(record, route), now);
  }
  const started = tried(record, route, at);
  if (!started.ok) return blocked(ports, record, started.refusal.message, now);
  const next = begunBy(record, started.route, execution, at);
  if (!next) return undefined;
  const places = { route: started.route, seen: route, treatments };
  const written = await ports.experiments.begin(record, next, places, now);
  if (written.ok) return { outcome: 'begun', seconds: record.policy.lookSeconds };
  const reasons = written.failed.flatMap((name) => BLOCKS[name] ?? []);
  return reasons.length > 0 ? blocked(ports, record, reasons.join('; '), now) : undefined;
}

const controlGone = ({ plan }: ExperimentRecord, route: RouteDocument | undefined): string =>
  `${plan.control.version} was planned as control, got ${route?.stable.version ?? 'nothing'} as stable; plan it anew`;

const tried = ({ plan, policy }: ExperimentRecord, route: RouteDocument, at: At): Transition =>
  startExperiment(
    route,
    {
      seen: route,
      experiment: routed(plan),
      attributes: plan.attributes,
      leaseSeconds: leaseSeconds(policy),
    },
    at,
  );

/** A retry finds its own experiment; a successor takes over its predecessor's, and looks at once. */
async function takeOver(
  { experiments }: Ports,
  record: ExperimentRecord,
  execution: string,
  now: Act,
): Promise<Begun | undefined> {
  if (!isRunning(record)) {
    return { outcome: 'blocked', reason: `the experiment is ${record.state.status}` };
  }
  if (record.execution === execution) {
    return { outcome: 'begun', seconds: record.policy.lookSeconds };
  }
  const next = continuedBy(record, execution, { ms: Date.parse(now.at), iso: now.at });
  const { ok } = await experiments.continue(record, next, now);
  return ok ? { outcome: 'begun', seconds: AT_ONCE } : undefined;
}

async function blocked(
  { experiments }: Ports,
  record: ExperimentRecord,
  reason: string,
  now: Act,
): Promise<Begun | undefined> {
  const at = { ms: Date.parse(now.at), iso: now.at };
  const next = abortedBy(record, 'blocked', reason, at);
  const ended = next && (await experiments.conclude(record, next, undefined, now));
  return ended?.ok ? { outcome: 'blocked', reason } : undefined;
}

export const handler = entry(Input, () => {
  const table = new RegistryTable(env('REGISTRY_TABLE'));
  return beginExperiment({
    experiments: new Experiments(table),
    registry: new ModelRegistry(table),
    approvals: new Approvals(table),
    routes: new Routes(table),
  });
});
