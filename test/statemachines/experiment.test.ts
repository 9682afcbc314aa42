import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ExperimentRef } from '#domain/experiments/experiment-ref.ts';
import type { beginExperiment } from '../../lambdas/experiments/begin-experiment.ts';
import type { failExperiment } from '../../lambdas/experiments/fail-experiment.ts';
import type { lookAtExperiment } from '../../lambdas/experiments/look-at-experiment.ts';
import { EXECUTION, MACHINE, type Run, runMachine } from '../support/machine.ts';
import { definitionOf, edgesOf, functionOf, handlersOf, statesOf } from './definition.ts';
import { faulty, inTurn } from './release-answers.ts';
import { rollout } from './rollout-answers.ts';

type OutputOf<Handler> = Handler extends (ports: never) => (input: never) => Promise<infer Output>
  ? Output
  : never;

interface Outputs {
  BeginExperiment: OutputOf<typeof beginExperiment>;
  LookAtExperiment: OutputOf<typeof lookAtExperiment>;
  FailExperiment: OutputOf<typeof failExperiment>;
  StartTrial: { readonly ExecutionArn: string };
  StartSuccessor: { readonly ExecutionArn: string };
}
type TaskName = keyof Outputs;
type Tasks = { readonly [Name in TaskName]: () => Outputs[Name] };
type Looked = Outputs['LookAtExperiment'];

const EXPERIMENT = definitionOf('experiment.asl.json');
const states = statesOf(EXPERIMENT);
const tasks = states.filter(({ state }) => state.Type === 'Task');
const KNOWN = 'StepFunctions.ExecutionAlreadyExistsException';

const experiment: ExperimentRef = { tenant: 'acme', model: 'churn', id: 'colour' };
const successor = 'churn-colour-0123456789ab-1000';
const look = {
  wait: (): Looked => ({ outcome: 'wait', seconds: 300 }),
  concluded: (): Looked => ({ outcome: 'concluded', reason: 'winner' }),
  aborted: (): Looked => ({ outcome: 'aborted', reason: 'guardrail' }),
  promote: (): Looked => ({ outcome: 'promote', name: rollout.id, rollout }),
  over: (): Looked => ({ outcome: 'hand-over', name: successor }),
  ended: (): Looked => ({ outcome: 'ended', reason: 'another looks at it' }),
};
const CALM: Tasks = {
  BeginExperiment: () => ({ outcome: 'begun', seconds: 300 }),
  LookAtExperiment: look.concluded,
  FailExperiment: () => ({ outcome: 'aborted' }),
  StartTrial: () => ({ ExecutionArn: 'arn' }),
  StartSuccessor: () => ({ ExecutionArn: 'arn' }),
};

const begun = ['BeginExperiment', 'IsBegun'];
const looked = ['WaitForLook', 'LookAtExperiment', 'GoesOnHow'];

interface Scenario {
  readonly when: Partial<Tasks>;
  readonly path: readonly string[];
  readonly error?: string;
}

const faulted = (...path: readonly string[]) => ({
  path: [...path, 'FailExperiment', 'Faulted'],
  error: 'ExperimentFaulted',
});

/** Every way through an experiment, by what makes it go there. */
const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'ends when it is concluded': { when: {}, path: [...begun, ...looked, 'Concluded'] },
  'looks again as long as there is nothing to decide': {
    when: { LookAtExperiment: inTurn(look.wait, look.wait, look.concluded) },
    path: [...begun, ...looked, ...looked, ...looked, 'Concluded'],
  },
  'begins nothing that may not begin': {
    when: { BeginExperiment: () => ({ outcome: 'blocked', reason: 'a rollout has a share' }) },
    path: [...begun, 'Blocked'],
  },
  'ends when it is aborted': {
    when: { LookAtExperiment: look.aborted },
    path: [...begun, ...looked, 'Aborted'],
  },
  'ends when another execution looks at it': {
    when: { LookAtExperiment: look.ended },
    path: [...begun, ...looked, 'Ended'],
  },
  'starts the rollout of its winner': {
    when: { LookAtExperiment: look.promote },
    path: [...begun, ...looked, 'StartTrial', 'InRollout'],
  },
  'leaves a rollout alone that was started before': {
    when: { LookAtExperiment: look.promote, StartTrial: faulty(KNOWN) },
    path: [...begun, ...looked, 'StartTrial', 'InRollout'],
  },
  'hands over to a successor before its history is full': {
    when: { LookAtExperiment: look.over },
    path: [...begun, ...looked, 'StartSuccessor', 'HandedOver'],
  },
  'leaves a successor alone that was started before': {
    when: { LookAtExperiment: look.over, StartSuccessor: faulty(KNOWN) },
    path: [...begun, ...looked, 'StartSuccessor', 'HandedOver'],
  },
  'breaks off when it cannot begin': {
    when: { BeginExperiment: faulty() },
    ...faulted('BeginExperiment'),
  },
  'breaks off when a look faults': {
    when: { LookAtExperiment: faulty() },
    ...faulted(...begun, 'WaitForLook', 'LookAtExperiment'),
  },
  'breaks off when the rollout of its winner cannot be started': {
    when: { LookAtExperiment: look.promote, StartTrial: faulty() },
    ...faulted(...begun, ...looked, 'StartTrial'),
  },
  'breaks off when nobody would look any more': {
    when: { LookAtExperiment: look.over, StartSuccessor: faulty() },
    ...faulted(...begun, ...looked, 'StartSuccessor'),
  },
  'fails all the same when the fault cannot be recorded': {
    when: { LookAtExperiment: faulty(), FailExperiment: faulty() },
    ...faulted(...begun, 'WaitForLook', 'LookAtExperiment'),
  },
};

const run = (when: Partial<Tasks>): Promise<Run> =>
  runMachine(EXPERIMENT, { input: { experiment }, tasks: { ...CALM, ...when } });

const runs = new Map<string, Promise<Run>>();
function drive(behaviour: string): Promise<Run> {
  const scenario = SCENARIOS[behaviour];
  if (!scenario) throw new Error(`no scenario "${behaviour}"`);
  const running = runs.get(behaviour) ?? run(scenario.when);
  runs.set(behaviour, running);
  return running;
}
const allRuns = (): Promise<Run[]> => Promise.all(Object.keys(SCENARIOS).map(drive));

const payloadOf = ({ calls }: Run, state: TaskName): unknown =>
  calls.find((call) => call.state === state)?.payload;

describe('the way through', () => {
  it.each(Object.entries(SCENARIOS))('%s', async (behaviour, { path, error }) => {
    const driven = await drive(behaviour);
    expect(driven.path).toEqual(path);
    expect(driven.error).toBe(error);
    expect(driven.status).toBe(error ? 'FAILED' : 'SUCCEEDED');
  });

  it('drives every edge there is', async () => {
    const edges = states.flatMap(edgesOf);
    const driven = new Set((await allRuns()).flatMap((each) => [...each.edges]));
    expect(new Set(edges).size).toBe(edges.length);
    expect(edges.filter((edge) => !driven.has(edge))).toEqual([]);
  });

  it('ends in every state that ends it', async () => {
    const ends = states.filter(({ state }) => state.Type === 'Succeed' || state.Type === 'Fail');
    const reached = new Set((await allRuns()).map(({ path }) => path.at(-1)));
    expect([...reached].sort()).toEqual(ends.map(({ name }) => name).sort());
  });
});

describe('what a task is given', () => {
  const me = { experiment, execution: EXECUTION };

  it('is which experiment, and whose turn it is', async () => {
    const driven = await drive('ends when it is concluded');
    expect(payloadOf(driven, 'BeginExperiment')).toEqual(me);
    expect(payloadOf(driven, 'LookAtExperiment')).toEqual(me);
  });

  it('is also what was caught, for FailExperiment', async () => {
    const driven = await run({ LookAtExperiment: faulty('Runtime.OutOfMemory', 'too much') });
    const fault = { Error: 'Runtime.OutOfMemory', Cause: 'too much' };
    expect(payloadOf(driven, 'FailExperiment')).toEqual({ ...me, fault });
  });

  it('is a rollout as its machine takes it, by a name that its repetition shares', async () => {
    const driven = await drive('starts the rollout of its winner');
    expect(payloadOf(driven, 'StartTrial')).toEqual({
      StateMachineArn: expect.stringContaining('RolloutMachine'),
      Name: rollout.id,
      Input: { rollout },
    });
  });

  it('is the same experiment, for a successor in the same state machine', async () => {
    const driven = await drive('hands over to a successor before its history is full');
    expect(payloadOf(driven, 'StartSuccessor')).toEqual({
      StateMachineArn: MACHINE,
      Name: successor,
      Input: { experiment },
    });
  });
});

describe('the handlers themselves', () => {
  const functions = [...new Set(tasks.flatMap(({ state }) => functionOf(state) ?? []))];
  const unset = /^environment variable \w+ is not set/;
  afterEach(() => vi.unstubAllEnvs());

  it.each(functions)('%s parses every payload that an experiment sends it', async (name) => {
    vi.stubEnv('REGISTRY_TABLE', '');
    const { handler } = (await import(
      new URL(`../../lambdas/${handlersOf(name)[0]}`, import.meta.url).href
    )) as { handler: (event: unknown) => Promise<unknown> };
    const verdictOn = (payload: unknown) => handler(payload).catch((error: Error) => error.message);
    const calls = (await allRuns()).flatMap((each) => each.calls);
    const payloads = calls.filter((call) => call.function === name).map(({ payload }) => payload);
    expect(payloads.length).toBeGreaterThan(0);
    for (const payload of payloads) expect(await verdictOn(payload)).toMatch(unset);
    expect(await verdictOn({ experiment: { id: 'x' } })).not.toMatch(unset);
  });
});

describe('faults that pass', () => {
  const occasions: Partial<Record<TaskName, Partial<Tasks>>> = {
    StartTrial: { LookAtExperiment: look.promote },
    StartSuccessor: { LookAtExperiment: look.over },
    FailExperiment: { BeginExperiment: faulty() },
  };
  const retries = tasks.flatMap(({ name, state }) =>
    (state.Retry ?? []).flatMap(({ ErrorEquals }) =>
      ErrorEquals.map((error) => [name as TaskName, error] as const),
    ),
  );

  it.each(retries)('%s is tried again after %s and goes on', async (name, error) => {
    const occasion = occasions[name] ?? {};
    const calm = await run(occasion);
    const answers = { ...CALM, ...occasion } as Record<string, () => unknown>;
    const tried = await run({
      ...occasion,
      [name]: inTurn<unknown>(faulty(error), answers[name] as () => unknown),
    });
    expect(tried.retried).toEqual([name]);
    expect([tried.path, tried.output]).toEqual([calm.path, calm.output]);
  });
});

it('makes no state data grow, however many looks it takes', async () => {
  const { wait, concluded } = look;
  const once = await run({ LookAtExperiment: inTurn(wait, concluded) });
  const often = await run({ LookAtExperiment: inTurn(wait, wait, wait, wait, wait, concluded) });
  expect(often.output).toEqual(once.output);
  expect(often.largestStateBytes).toBe(once.largestStateBytes);
});
