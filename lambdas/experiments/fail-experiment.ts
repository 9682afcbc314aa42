import * as z from 'zod/mini';
import { Experiments } from '#aws/experiments.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import { Routes } from '#aws/routes.ts';
import { abortedBy } from '#domain/experiments/progress.ts';
import { stopExperiment } from '#domain/serving/routing/trial.ts';
import { act } from '../act.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';
import { experimentInput } from './experiment-input.ts';

const Input = z.strictObject({
  ...experimentInput,
  fault: z.object({ Error: z.nullish(z.string()), Cause: z.nullish(z.string()) }),
});

interface Failed {
  readonly outcome: 'aborted' | 'nothing';
}

interface Ports {
  readonly experiments: Pick<Experiments, 'get' | 'conclude'>;
  readonly routes: Pick<Routes, 'of'>;
}

/** Other changes of the same route or record that may come between reading and writing. */
const TURNS = 5;
const SHOWN_CHARACTERS = 800;

/** Records that an experiment broke off, and takes it out of the route before its lease ends. */
export const failExperiment =
  ({ experiments, routes }: Ports) =>
  async ({ experiment, execution, fault }: z.infer<typeof Input>): Promise<Failed> => {
    const failure = `${fault.Error ?? 'fault'}: ${(fault.Cause ?? 'no cause given').slice(0, SHOWN_CHARACTERS)}`;
    for (let turn = 0; turn < TURNS; turn++) {
      const now = act('fail-experiment');
      const at = { ms: Date.parse(now.at), iso: now.at };
      const record = await experiments.get(experiment, experiment.id);
      const mine = record?.execution === undefined || record.execution === execution;
      const next = record && mine && abortedBy(record, 'fault', failure, at);
      if (!next) return { outcome: 'nothing' };
      const route = await routes.of(experiment);
      // Another experiment never has its id, so that whatever has it in the route is this one.
      const stopped = route && stopExperiment(route, { seen: route, id: record.id }, at);
      const places = stopped?.ok && route ? { route: stopped.route, seen: route } : undefined;
      if ((await experiments.conclude(record, next, places, now)).ok) return { outcome: 'aborted' };
    }
    throw new Error(`experiment ${experiment.id} changed ${TURNS} times while it was ended; retry`);
  };

export const handler = entry(Input, () => {
  const table = new RegistryTable(env('REGISTRY_TABLE'));
  return failExperiment({ experiments: new Experiments(table), routes: new Routes(table) });
});
