import { afterEach, describe, expect, it, vi } from 'vitest';
import type { RollbackRequest } from '#domain/rollout/rollback-request.ts';
import { beginRollback } from '../../lambdas/rollout/begin-rollback.ts';
import { failRollback } from '../../lambdas/rollout/fail-rollback.ts';
import { killVersion } from '../../lambdas/rollout/kill-version.ts';
import { recedeTraffic } from '../../lambdas/rollout/recede-traffic.ts';
import { quietRoute, RollbackWorld, request } from '../lambdas/rollout/rollback-world.ts';
import { EXECUTION, type Run, runMachine } from '../support/machine.ts';
import { edgesOf, functionOf, handlersOf, statesOf } from './definition.ts';
import {
  begun,
  calm,
  drive,
  faulty,
  INPUT,
  inTurn,
  ROLLBACK,
  ref,
  runRollback,
  SCENARIOS,
  type TaskName,
  type Tasks,
} from './rollback-scenarios.ts';

const states = statesOf(ROLLBACK);
const tasks = states.filter(({ state }) => state.Type === 'Task');
const allRuns = (): Promise<Run[]> => Promise.all(Object.keys(SCENARIOS).map(drive));
const payloadsOf = (run: Run, name: TaskName) =>
  run.calls.filter(({ state }) => state === name).map(({ payload }) => payload);

describe('the way through', () => {
  it.each(Object.entries(SCENARIOS))('%s', async (behaviour, { path, error }) => {
    const run = await drive(behaviour);
    expect(run.path).toEqual(path);
    expect(run.error).toBe(error);
    expect(run.status).toBe(error ? 'FAILED' : 'SUCCEEDED');
  });

  it('drives every edge there is', async () => {
    const edges = states.flatMap(edgesOf);
    const driven = new Set((await allRuns()).flatMap((run) => [...run.edges]));
    expect(new Set(edges).size).toBe(edges.length);
    expect(edges.filter((edge) => !driven.has(edge))).toEqual([]);
  });

  it('ends in every state that ends it', async () => {
    const ends = states.filter(({ state }) => state.Type === 'Succeed' || state.Type === 'Fail');
    const reached = new Set((await allRuns()).map(({ path }) => path.at(-1)));
    expect([...reached].sort()).toEqual(ends.map(({ name }) => name).sort());
  });

  it('takes an outcome that it does not know for none that is good', async () => {
    for (const name of ['BeginRollback', 'RecedeTraffic', 'KillVersion', 'ValidateRollback']) {
      const strange = { [name]: () => ({ outcome: 'other', rollback: ref }) } as Partial<Tasks>;
      const { status } = await runRollback({ BeginRollback: begun('gradual'), ...strange });
      expect(status, name).toBe('FAILED');
    }
  });
});

describe('what a function is given', () => {
  it('is the request and whose execution it is, first of all', async () => {
    const run = await runRollback();
    expect(payloadsOf(run, 'BeginRollback')).toEqual([{ ...INPUT, execution: EXECUTION }]);
  });

  it.each<TaskName>(['RecedeTraffic', 'KillVersion', 'ValidateRollback'])(
    'is which rollback it is about, and nothing else: %s',
    async (name) => {
      const payloads = payloadsOf(await drive('takes a version out step by step'), name);
      expect(payloads.length).toBeGreaterThan(0);
      for (const payload of payloads) expect(payload).toEqual({ rollback: ref });
    },
  );

  it('is the request and what was caught, where something broke off', async () => {
    const run = await runRollback({ KillVersion: faulty('Sandbox.Timedout', 'out of time') });
    const [payload] = payloadsOf(run, 'FailRollback');
    const fault = { Error: 'Sandbox.Timedout', Cause: 'out of time' };
    expect(payload).toMatchObject({ state: { ...INPUT, fault } });
  });
});

describe('the handlers themselves', () => {
  const functions = tasks.flatMap(({ state }) => functionOf(state) ?? []);
  const unset = /^environment variable \w+ is not set/;
  afterEach(() => vi.unstubAllEnvs());

  /** A handler that liked its input looks for its environment next, and has none here. */
  const verdictOn = async (name: string, payload: unknown): Promise<unknown> => {
    vi.stubEnv('REGISTRY_TABLE', '');
    const path = new URL(`../../lambdas/${handlersOf(name)[0]}`, import.meta.url).href;
    const { handler } = (await import(path)) as { handler: (event: unknown) => Promise<unknown> };
    return handler(payload).catch((error: Error) => error.message);
  };

  it.each(functions)('%s parses every payload that a rollback sends it', async (name) => {
    const calls = (await allRuns()).flatMap((run) => run.calls);
    const payloads = calls.filter((call) => call.function === name).map(({ payload }) => payload);
    expect(payloads.length).toBeGreaterThan(0);
    for (const payload of new Set(payloads.map((each) => JSON.stringify(each)))) {
      expect(await verdictOn(name, JSON.parse(payload))).toMatch(unset);
    }
  });

  it.each(functions)('%s refuses a payload that is not its own', async (name) => {
    expect(await verdictOn(name, { rollback: 'r-1' })).not.toMatch(unset);
  });
});

describe('with its own handlers', () => {
  const runIn = (world: RollbackWorld, rollback: RollbackRequest) => {
    const { ports } = world;
    const given = <T>(payload: unknown) => payload as T;
    return runMachine(ROLLBACK, {
      input: { rollback },
      tasks: {
        ...calm(),
        BeginRollback: (payload) => beginRollback(ports)(given(payload)),
        RecedeTraffic: (payload) => recedeTraffic(ports)(given(payload)),
        KillVersion: (payload) => killVersion(ports)(given(payload)),
        FailRollback: (payload) => failRollback(ports)(given(payload)),
      },
    });
  };

  it.each([
    ['critical' as const, 0],
    ['low' as const, 9],
  ])('takes a candidate out as %s, in %i steps', async (severity, steps) => {
    const world = new RollbackWorld();
    const run = await runIn(world, request({ severity }));
    expect(run.path.at(-1)).toBe('Verified');
    expect(run.path.filter((name) => name === 'WaitForStep')).toHaveLength(steps);
    expect(await world.route()).not.toHaveProperty('candidate');
  });

  it('starts as often as it is asked, and does it once', async () => {
    const world = new RollbackWorld();
    const severities = ['critical', 'low', 'critical', 'high'] as const;
    const runs = await Promise.all(
      severities.map((severity) => runIn(world, request({ severity }))),
    );
    expect(runs.map(({ status }) => status)).toEqual(Array(4).fill('SUCCEEDED'));
    const ends = runs.map(({ path }) => path.at(-1)).sort();
    expect(ends).toEqual([...Array(3).fill('NothingToDo'), 'Verified']);
    expect(world.table.entries('rollout.rolledback')).toHaveLength(1);
  });

  it('fails where stable has nothing sound to go back to', async () => {
    const world = new RollbackWorld(quietRoute());
    world.forged.add('9.0.0');
    const run = await runIn(world, request({ version: '1.0.0' }));
    expect(run.error).toBe('NoRollbackTarget');
    expect((await world.route()).stable.version).toBe('1.0.0');
  });

  it('records what broke off', async () => {
    const world = new RollbackWorld(quietRoute());
    const asked = request({ version: '1.0.0' });
    const run = await runMachine(ROLLBACK, {
      input: { rollback: asked },
      tasks: {
        ...calm(),
        BeginRollback: (payload) => beginRollback(world.ports)(payload as never),
        KillVersion: faulty('Unavailable', 'the signature cannot be read now'),
        FailRollback: (payload) => failRollback(world.ports)(payload as never),
      },
    });
    expect(run.error).toBe('RollbackFaulted');
    expect(await world.rollbacks.get(asked)).toMatchObject({
      status: 'FAULTED',
      reason: 'Unavailable: the signature cannot be read now',
    });
  });
});

describe('faults that pass', () => {
  const occasions: Partial<Record<string, Partial<Tasks>>> = {
    RecedeTraffic: { BeginRollback: begun('gradual') },
    FailRollback: { KillVersion: faulty() },
  };
  const retries = tasks.flatMap(({ name, state }) =>
    (state.Retry ?? []).flatMap(({ ErrorEquals, MaxAttempts }) =>
      ErrorEquals.map((error) => [name as TaskName, error, 1 + (MaxAttempts ?? 3)] as const),
    ),
  );

  it.each(retries)('%s is tried again after %s and goes on', async (name, error) => {
    const once = await runRollback(occasions[name]);
    const passing = { [name]: inTurn<unknown>(faulty(error), calm()[name]) } as Partial<Tasks>;
    const run = await runRollback({ ...occasions[name], ...passing });
    expect(run.retried).toEqual([name]);
    expect([run.status, run.path.at(-1)]).toEqual([once.status, once.path.at(-1)]);
  });

  it.each(retries)('%s that always meets %s is given up on', async (name, error, most) => {
    const run = await runRollback({ ...occasions[name], [name]: faulty(error) });
    expect(payloadsOf(run, name)).toHaveLength(most);
    expect(run.error).toBe('RollbackFaulted');
  });

  it('take none of the tries that a full account has', async () => {
    const faults = [
      ...Array.from({ length: 4 }, () => faulty('Lambda.ServiceException')),
      ...Array.from({ length: 10 }, () => faulty('Lambda.TooManyRequestsException')),
    ] as unknown as [() => unknown, ...(() => unknown)[]];
    const run = await runRollback({
      KillVersion: inTurn<unknown>(...faults, calm().KillVersion),
    } as Partial<Tasks>);
    expect(payloadsOf(run, 'KillVersion')).toHaveLength(15);
    expect(run.status).toBe('SUCCEEDED');
  });
});

describe('the waits', () => {
  const waits = Object.fromEntries(
    states.filter(({ state }) => state.Type === 'Wait').map(({ name, state }) => [name, state]),
  );

  it('are as long as the policy says; routes are old after a time of their own', () => {
    expect(waits.WaitForStep).toHaveProperty('SecondsPath', '$.begun.output.stepSeconds');
    const path = '$.begun.output.validationSeconds';
    expect(waits.WaitForValidation).toHaveProperty('SecondsPath', path);
    expect(waits.WaitForRoutes).toHaveProperty('Seconds', 15);
  });

  it('make no state data grow, however many steps there are', async () => {
    const again = () => ({ outcome: 'again', share: 0.2 }) as const;
    const empty = () => ({ outcome: 'empty' }) as const;
    const run = (steps: number) =>
      runRollback({
        BeginRollback: begun('gradual'),
        RecedeTraffic: inTurn<ReturnType<Tasks['RecedeTraffic']>>(
          ...Array<typeof again>(steps).fill(again),
          empty,
        ),
      });
    const [few, many] = [await run(1), await run(30)];
    expect(many.output).toEqual(few.output);
    expect(many.largestStateBytes).toBe(few.largestStateBytes);
  });
});
