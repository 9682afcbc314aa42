import { afterEach, describe, expect, it, vi } from 'vitest';
import { EXECUTION, MACHINE, type Run, runMachine } from '../support/machine.ts';
import { definitionOf, edgesOf, functionOf, handlersOf, statesOf } from './definition.ts';
import { faulty, inTurn } from './release-answers.ts';
import {
  harmed,
  look,
  type Outputs,
  rollout,
  type TaskName,
  type Tasks,
  TO_PRODUCTION,
  withdrawn,
} from './rollout-answers.ts';

const ROLLOUT = definitionOf('rollout.asl.json');
const states = statesOf(ROLLOUT);
const tasks = states.filter(({ state }) => state.Type === 'Task');

const KNOWN = 'StepFunctions.ExecutionAlreadyExistsException';

const begun = ['BeginRollout', 'IsBegun'];
const looked = ['WaitForLook', 'LookAtRollout', 'GoesOnHow'];
const proven = [...begun, ...looked, 'PromoteVersion', 'IsPromoted'];
const failed = ['FailRollout', 'HasCandidate'];

interface Scenario {
  readonly when: Partial<Tasks>;
  readonly path: readonly string[];
  readonly error?: string;
}

const faulted = (...path: readonly string[]) => ({
  path: [...path, 'Faulted'],
  error: 'RolloutFaulted',
});

/** Every way through a rollout, by what makes it go there. */
const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'promotes a version that is proven': { when: {}, path: [...proven, 'Promoted'] },
  'looks again as long as there is nothing to decide': {
    when: {
      LookAtRollout: inTurn<Outputs['LookAtRollout']>(
        look.wait,
        look.wait,
        TO_PRODUCTION.LookAtRollout as () => Outputs['LookAtRollout'],
      ),
    },
    path: [
      ...begun,
      ...looked,
      ...looked,
      ...looked,
      ...['PromoteVersion', 'IsPromoted', 'Promoted'],
    ],
  },
  'waits for its turn while another version is on trial': {
    when: {
      BeginRollout: inTurn<Outputs['BeginRollout']>(
        () => ({ outcome: 'busy', seconds: 10 }),
        () => ({ outcome: 'begun', seconds: 20 }),
      ),
    },
    path: [...begun, 'WaitForTurn', ...proven, 'Promoted'],
  },
  'tries nothing that people no longer agree to': {
    when: { BeginRollout: () => ({ outcome: 'blocked', reason: 'its approval is void' }) },
    path: [...begun, 'Blocked'],
  },
  'rolls back what does harm': {
    when: { LookAtRollout: look.harm },
    path: [...begun, ...looked, 'StartRollback', 'RolledBack'],
  },
  'leaves a rollback alone that was started before': {
    when: { LookAtRollout: look.harm, StartRollback: faulty(KNOWN) },
    path: [...begun, ...looked, 'StartRollback', 'RolledBack'],
  },
  'ends when somebody else has ended it': {
    when: { LookAtRollout: look.ended },
    path: [...begun, ...looked, 'Ended'],
  },
  'hands over to a successor before its history is full': {
    when: { LookAtRollout: look.over },
    path: [...begun, ...looked, 'StartSuccessor', 'HandedOver'],
  },
  'leaves a successor alone that was started before': {
    when: { LookAtRollout: look.over, StartSuccessor: faulty(KNOWN) },
    path: [...begun, ...looked, 'StartSuccessor', 'HandedOver'],
  },
  'looks again when something came between the proof and the promotion': {
    when: {
      PromoteVersion: inTurn<Outputs['PromoteVersion']>(
        () => ({ outcome: 'again', seconds: 20 }),
        TO_PRODUCTION.PromoteVersion as () => Outputs['PromoteVersion'],
      ),
    },
    path: [...proven, ...looked, 'PromoteVersion', 'IsPromoted', 'Promoted'],
  },
  'withdraws a version that may not be promoted any more': {
    when: {
      PromoteVersion: () => ({ outcome: 'blocked', reason: 'the policy changed', ...withdrawn }),
    },
    path: [...proven, 'StartRollback', 'RolledBack'],
  },
  'ends when it was ended before it could be promoted': {
    when: { PromoteVersion: () => ({ outcome: 'ended', reason: 'it is ABORTED' }) },
    path: [...proven, 'Ended'],
  },
  'withdraws the version when a look faults': {
    when: { LookAtRollout: faulty() },
    ...faulted(...begun, 'WaitForLook', 'LookAtRollout', ...failed, 'StartWithdrawal'),
  },
  'withdraws the version when the promotion faults': {
    when: { PromoteVersion: faulty() },
    ...faulted(...begun, ...looked, 'PromoteVersion', ...failed, 'StartWithdrawal'),
  },
  'withdraws nothing when nothing was on trial': {
    when: { BeginRollout: faulty(), FailRollout: () => ({ outcome: 'nothing' }) },
    ...faulted('BeginRollout', ...failed),
  },
  'withdraws the version when its rollback cannot be started': {
    when: { LookAtRollout: look.harm, StartRollback: faulty() },
    ...faulted(...begun, ...looked, 'StartRollback', ...failed, 'StartWithdrawal'),
  },
  'withdraws the version when nobody would look any more': {
    when: { LookAtRollout: look.over, StartSuccessor: faulty() },
    ...faulted(...begun, ...looked, 'StartSuccessor', ...failed, 'StartWithdrawal'),
  },
  'fails all the same when the withdrawal was started before': {
    when: { LookAtRollout: faulty(), StartWithdrawal: faulty(KNOWN) },
    ...faulted(...begun, 'WaitForLook', 'LookAtRollout', ...failed, 'StartWithdrawal'),
  },
  'fails all the same when the withdrawal cannot be started': {
    when: { LookAtRollout: faulty(), StartWithdrawal: faulty() },
    ...faulted(...begun, 'WaitForLook', 'LookAtRollout', ...failed, 'StartWithdrawal'),
  },
  'fails all the same when the fault cannot be recorded': {
    when: { LookAtRollout: faulty(), FailRollout: faulty() },
    ...faulted(...begun, 'WaitForLook', 'LookAtRollout', 'FailRollout'),
  },
};

const run = (when: Partial<Tasks>): Promise<Run> =>
  runMachine(ROLLOUT, { input: { rollout }, tasks: { ...TO_PRODUCTION, ...when } });

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
  const me = { rollout, execution: EXECUTION };

  it('BeginRollout also gets since when it waits', async () => {
    const driven = await drive('promotes a version that is proven');
    expect(payloadOf(driven, 'BeginRollout')).toEqual({
      ...me,
      startedAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(payloadOf(driven, 'LookAtRollout')).toEqual(me);
    expect(payloadOf(driven, 'PromoteVersion')).toEqual(me);
  });

  it('FailRollout gets what was caught', async () => {
    const driven = await run({ LookAtRollout: faulty('Runtime.OutOfMemory', 'too much') });
    const fault = { Error: 'Runtime.OutOfMemory', Cause: 'too much' };
    expect(payloadOf(driven, 'FailRollout')).toEqual({ ...me, fault });
  });

  it.each([
    ['rolls back what does harm', 'StartRollback', harmed],
    ['withdraws a version that may not be promoted any more', 'StartRollback', withdrawn],
    ['withdraws the version when a look faults', 'StartWithdrawal', withdrawn],
  ] as const)(
    '%s: by a request whose name its repetition shares',
    async (behaviour, state, asked) => {
      expect(payloadOf(await drive(behaviour), state)).toEqual({
        StateMachineArn: expect.stringContaining('RollbackMachine'),
        Name: asked.name,
        Input: { rollback: asked.rollback },
      });
    },
  );

  it('a successor gets the same rollout, in the same state machine', async () => {
    const driven = await drive('hands over to a successor before its history is full');
    expect(payloadOf(driven, 'StartSuccessor')).toEqual({
      StateMachineArn: MACHINE,
      Name: `${rollout.id}-1000`,
      Input: { rollout },
    });
  });
});

describe('the handlers themselves', () => {
  const functions = [...new Set(tasks.flatMap(({ state }) => functionOf(state) ?? []))];
  const unset = /^environment variable \w+ is not set/;
  afterEach(() => vi.unstubAllEnvs());

  it.each(functions)('%s parses every payload that a rollout sends it', async (name) => {
    vi.stubEnv('REGISTRY_TABLE', '');
    const { handler } = (await import(
      new URL(`../../lambdas/${handlersOf(name)[0]}`, import.meta.url).href
    )) as { handler: (event: unknown) => Promise<unknown> };
    const verdictOn = (payload: unknown) => handler(payload).catch((error: Error) => error.message);
    const calls = (await allRuns()).flatMap((each) => each.calls);
    const payloads = calls.filter((call) => call.function === name).map(({ payload }) => payload);
    expect(payloads.length).toBeGreaterThan(0);
    for (const payload of payloads) expect(await verdictOn(payload)).toMatch(unset);
    expect(await verdictOn({ rollout: { id: 'r-1' } })).not.toMatch(unset);
  });
});

describe('faults that pass', () => {
  const occasions: Partial<Record<TaskName, Partial<Tasks>>> = {
    StartRollback: { LookAtRollout: look.harm },
    StartSuccessor: { LookAtRollout: look.over },
    FailRollout: { BeginRollout: faulty() },
    StartWithdrawal: { BeginRollout: faulty() },
  };
  const retries = tasks.flatMap(({ name, state }) =>
    (state.Retry ?? []).flatMap(({ ErrorEquals }) =>
      ErrorEquals.map((error) => [name as TaskName, error] as const),
    ),
  );

  it.each(retries)('%s is tried again after %s and goes on', async (name, error) => {
    const occasion = occasions[name] ?? {};
    const calm = await run(occasion);
    const answers = { ...TO_PRODUCTION, ...occasion } as Record<string, () => unknown>;
    const tried = await run({
      ...occasion,
      [name]: inTurn<unknown>(faulty(error), answers[name] as () => unknown),
    });
    expect(tried.retried).toEqual([name]);
    expect([tried.path, tried.output]).toEqual([calm.path, calm.output]);
  });
});

it('makes no state data grow, however many looks it takes', async () => {
  const { wait } = look;
  const last = TO_PRODUCTION.LookAtRollout as () => Outputs['LookAtRollout'];
  const once = await run({ LookAtRollout: inTurn<Outputs['LookAtRollout']>(wait, last) });
  const often = await run({
    LookAtRollout: inTurn<Outputs['LookAtRollout']>(wait, wait, wait, wait, wait, last),
  });
  expect(often.output).toEqual(once.output);
  expect(often.largestStateBytes).toBe(once.largestStateBytes);
});

it('keeps the reason why a rollout ended otherwise', async () => {
  const blocked = await drive('tries nothing that people no longer agree to');
  expect(blocked.output).toHaveProperty('move.output.reason', 'its approval is void');
  const ended = await drive('ends when somebody else has ended it');
  expect(ended.output).toHaveProperty('move.output.reason', 'the rollout is ABORTED');
});
