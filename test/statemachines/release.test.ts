import { afterEach, describe, expect, it, vi } from 'vitest';
import { EXECUTION, EXECUTION_NAME, type Run, TASK_TOKEN } from '../support/machine.ts';
import { edgesOf, functionOf, handlersOf, statesOf } from './definition.ts';
import {
  byJob,
  claim,
  EVENT,
  faulty,
  inTurn,
  manifest,
  release,
  rollout,
  type TaskName,
  TO_PRODUCTION,
} from './release-answers.ts';
import {
  drive,
  GATES,
  produced,
  RECORDED,
  RELEASE,
  runRelease,
  SCENARIOS,
  tried,
} from './release-scenarios.ts';

const states = statesOf(RELEASE);
const tasks = states.filter(({ state }) => state.Type === 'Task');
const allRuns = (): Promise<Run[]> => Promise.all(Object.keys(SCENARIOS).map(drive));

const payloadOf = (run: Run, state: TaskName): unknown =>
  run.calls.find((call) => call.state === state)?.payload;

describe('the way through', () => {
  it.each(Object.entries(SCENARIOS))('%s', async (behaviour, { path, branches, error }) => {
    const run = await drive(behaviour);
    expect(run.path).toEqual(path);
    expect(run.error).toBe(error);
    expect(run.status).toBe(error ? 'FAILED' : 'SUCCEEDED');
    if (branches) expect(run.branches).toEqual(branches);
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
});

describe('what a function is given', () => {
  it.each<[TaskName, object]>([
    ['ClaimUpload', { bucket: manifest.bucket, object: EVENT.detail.object, execution: EXECUTION }],
    ['RegisterVersion', { object: manifest, claim }],
    ['SignDigest', { release }],
    ['PlanEvaluation', { release }],
    ...GATES.map(
      ([gate, judge]) =>
        [judge, gate === 'performance' ? { release, plan: null } : { release }] as [
          TaskName,
          object,
        ],
    ),
    ['AttestJudgement', { release }],
    ['AdmitStaging', { release }],
    ['DriveLoad', { release }],
    ['AttestLoad', { release }],
    ['ConcludeGates', { release }],
    ['DescribeVersion', { release }],
    ['RequestApproval', { release, taskToken: TASK_TOKEN }],
    ['SettleApproval', { release }],
    ['AdmitVersion', { release }],
    ['PlanRollout', { release }],
    ['ActivateVersion', { release }],
  ])('%s gets pointers and nothing else', async (state, payload) => {
    const run = await drive('takes a good upload to production');
    expect(payloadOf(run, state)).toEqual(payload);
  });

  it.each([...GATES, ['load', 'DriveLoad', 'RecordLoadFault']] as const)(
    'the recorder of gate %s gets what was caught',
    async (gate, judge, record) => {
      const run = await runRelease({ [judge]: faulty('Sandbox.Timedout', 'out of time') });
      expect(payloadOf(run, record)).toEqual({
        gate,
        release,
        fault: { Error: 'Sandbox.Timedout', Cause: 'out of time' },
      });
    },
  );

  it('the judge of a job gets the plan that the job was given', async () => {
    const run = await drive('has a job evaluate a version where the policy says so');
    expect(payloadOf(run, 'MeasurePerformance')).toEqual({ release, plan: byJob.plan });
  });

  it('a job gets what was planned, and no network', async () => {
    const run = await drive('has a job evaluate a version where the policy says so');
    expect(payloadOf(run, 'EvaluateByJob')).toEqual({
      ...byJob.job,
      NetworkConfig: { EnableNetworkIsolation: true },
    });
  });

  it('a rollout is started under the name of the release', async () => {
    const run = await drive('leaves a version to its rollout where it is to be tried first');
    expect(payloadOf(run, 'StartTrial')).toEqual({
      StateMachineArn: expect.stringContaining('RolloutMachine'),
      Name: EXECUTION_NAME,
      Input: { rollout },
    });
  });

  it('a job is looked for by its name', async () => {
    const run = await drive('judges what a job has left that was started before');
    expect(payloadOf(run, 'FindEvaluation')).toEqual({ ProcessingJobName: 'assay-1' });
  });

  it('the recorder gets why the job could not be waited for, not why none was found', async () => {
    const run = await drive('records a fault of gate performance when there is no job');
    expect(payloadOf(run, 'RecordPerformanceFault')).toMatchObject({
      fault: { Error: 'SageMaker.ResourceLimitExceededException' },
    });
  });

  it.each(RECORDED)('FailRelease gets the fault of %s and whose release it is', async (name) => {
    const run = await runRelease({ [name]: faulty('KMSInternalException', 'try later') });
    expect(payloadOf(run, 'FailRelease')).toMatchObject({
      state: {
        upload: { output: { object: manifest, claim } },
        fault: { Error: 'KMSInternalException', Cause: 'try later' },
        ...(name !== 'RegisterVersion' && { registration: { release } }),
      },
    });
  });

  it('a version that could not be registered is not named to FailRelease', async () => {
    const run = await drive('fails the release when RegisterVersion faults');
    expect(payloadOf(run, 'FailRelease')).not.toHaveProperty('state.registration');
  });

  it('the reopening execution, not the first one, is named after a version is reopened', async () => {
    const again = { ...release, execution: `${EXECUTION}-again` };
    const run = await runRelease({
      RegisterVersion: () => ({ outcome: 'reopened', release: again }),
    });
    expect(payloadOf(run, 'RequestApproval')).toEqual({ release: again, taskToken: TASK_TOKEN });
    expect(payloadOf(run, 'ActivateVersion')).toEqual({ release: again });
  });
});

describe('the handlers themselves', () => {
  const functions = [...new Set(tasks.flatMap(({ state }) => functionOf(state) ?? []))];
  const unset = /^environment variable \w+ is not set/;
  afterEach(() => vi.unstubAllEnvs());

  /** A handler that liked its input looks for its environment next, and has none here. */
  const verdictOn = async (name: string, payload: unknown): Promise<unknown> => {
    for (const variable of ['REGISTRY_TABLE', 'EVIDENCE_BUCKET', 'ARTIFACT_BUCKET']) {
      vi.stubEnv(variable, '');
    }
    const { handler } = (await import(
      new URL(`../../lambdas/${handlersOf(name)[0]}`, import.meta.url).href
    )) as {
      handler: (event: unknown) => Promise<unknown>;
    };
    return handler(payload).catch((error: Error) => error.message);
  };

  it.each(functions)('%s parses every payload that a release sends it', async (name) => {
    const calls = (await allRuns()).flatMap((run) => run.calls);
    const payloads = calls.filter((call) => call.function === name).map(({ payload }) => payload);
    expect(payloads.length).toBeGreaterThan(0);
    for (const payload of new Set(payloads.map((each) => JSON.stringify(each)))) {
      expect(await verdictOn(name, JSON.parse(payload))).toMatch(unset);
    }
  });

  it.each(functions)('%s refuses a payload that is not its own', async (name) => {
    expect(await verdictOn(name, { upload: 'u-1' })).not.toMatch(unset);
  });
});

describe('faults that pass', () => {
  /** What must go wrong for a task to have its turn at all. */
  const occasions: Partial<Record<TaskName, object>> = {
    ...Object.fromEntries(GATES.map(([, judge, record]) => [record, { [judge]: faulty() }])),
    RecordLoadFault: { DriveLoad: faulty() },
    EvaluateByJob: { PlanEvaluation: () => byJob },
    FindEvaluation: { PlanEvaluation: () => byJob, EvaluateByJob: faulty() },
    StartTrial: { PlanRollout: tried },
    FailRelease: { SignDigest: faulty() },
  };
  const retries = tasks.flatMap(({ name, state }) =>
    (state.Retry ?? []).flatMap(({ ErrorEquals, MaxAttempts }) =>
      ErrorEquals.map((error) => [name as TaskName, error, 1 + (MaxAttempts ?? 3)] as const),
    ),
  );
  const attempts = (run: Run, name: TaskName): number =>
    run.calls.filter(({ state }) => state === name).length;

  it.each(retries)('%s is tried again after %s and goes on', async (name, error) => {
    const occasion = occasions[name] ?? {};
    const calm = await runRelease(occasion);
    const run = await runRelease({
      ...occasion,
      [name]: inTurn<unknown>(faulty(error), TO_PRODUCTION[name]),
    });
    expect(run.retried).toEqual([name]);
    expect(attempts(run, name)).toBe(2);
    expect([run.path, run.branches, run.output]).toEqual([calm.path, calm.branches, calm.output]);
  });

  it.each(retries)(
    '%s that always meets %s is given up after %i attempts',
    async (name, error, most) => {
      const run = await runRelease({ ...occasions[name], [name]: faulty(error) });
      expect(attempts(run, name)).toBe(most);
      expect([...run.edges].join()).toContain(`${name} (States.ALL) →`);
    },
  );

  it.each(tasks.map(({ name }) => name as TaskName))(
    '%s is not tried again after a fault of its own',
    async (name) => {
      const run = await runRelease({ ...occasions[name], [name]: faulty('Runtime.HandlerError') });
      expect(attempts(run, name)).toBe(1);
      expect(run.retried).toEqual([]);
    },
  );
});

describe('waiting for people', () => {
  afterEach(() => vi.useRealTimers());

  it('lasts 72 hours and 5 minutes, then looks what they decided', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const SettleApproval = vi.fn(TO_PRODUCTION.SettleApproval);
    let run: Promise<Run> | undefined;
    await new Promise<void>((asked) => {
      const RequestApproval = () => {
        asked();
        return new Promise<never>(() => {});
      };
      run = runRelease({ RequestApproval, SettleApproval });
    });
    await vi.advanceTimersByTimeAsync((72 * 3600 + 300) * 1000 - 1);
    expect(SettleApproval).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect((await run)?.path).toEqual(produced);
    expect(SettleApproval).toHaveBeenCalledOnce();
  });

  it('makes no state data grow, however many rounds it takes', async () => {
    const [open, approved] = [
      async () => ({ ...(await TO_PRODUCTION.SettleApproval()), status: 'OPEN' as const }),
      async () => TO_PRODUCTION.SettleApproval(),
    ];
    const once = await runRelease({});
    const often = await runRelease({ SettleApproval: inTurn(open, open, open, open, approved) });
    expect(often.output).toEqual(once.output);
    expect(often.largestStateBytes).toBe(once.largestStateBytes);
  });
});

describe('state data', () => {
  /** 256 KiB, and the most that Lambda says about a fault. */
  const LIMIT_BYTES = 262_144;
  const LONGEST_CAUSE = 'x'.repeat(32_768);

  it('takes less than a sixtieth of what Step Functions allows on the way to production', async () => {
    const run = await drive('takes a good upload to production');
    expect(run.largestStateBytes).toBeLessThan(LIMIT_BYTES / 60);
  });

  it('holds the longest cause of a fault', async () => {
    const run = await runRelease({ ActivateVersion: faulty('Error', LONGEST_CAUSE) });
    expect(run.largestStateBytes).toBeGreaterThan(LONGEST_CAUSE.length);
    expect(run.largestStateBytes).toBeLessThan(LIMIT_BYTES / 4);
  });

  const verdicts = Object.fromEntries(GATES.map(([gate]) => [gate, 'pass']));
  const gatesOf = ({ output }: Run): unknown => (output as { gates: unknown }).gates;
  const listed = (of: Record<string, string>) =>
    Object.entries(of).map(([gate, verdict]) => ({ gate, verdict }));

  it('shows who decided what, for whoever reads the execution', async () => {
    const run = await drive('takes a good upload to production');
    expect(gatesOf(run)).toEqual(listed(verdicts));
    expect(run.output).toMatchObject({
      signed: { signature: 'acme/churn/1.2.0/model.sig' },
      conclusion: { verdict: 'pass', gates: { integrity: 'pass' } },
      approval: { status: 'APPROVED', approval: 'a-1', approvers: ['p-grace', 'p-barbara'] },
      activation: { output: { predecessor: '1.1.0' } },
    });
  });

  it('keeps the reason why a release ended early', async () => {
    const ignored = await drive('leaves an upload alone that is ignored');
    expect(ignored.output).toHaveProperty('upload.output.reason', 'said so');
    const rejected = await drive('ends with a rejected upload');
    expect(rejected.output).toHaveProperty('registered.output.problems', []);
    const refused = await drive('activates nothing that is not admitted');
    expect(refused.output).toHaveProperty('admission.output.reason', 'another digest');
    const blocked = await drive('ends with a blocked activation');
    expect(blocked.output).toHaveProperty(
      'activation.output.reason',
      'its digest is in quarantine',
    );
  });

  it.each(GATES)('shows an error for gate %s, recorded or not', async (gate, judge, record) => {
    const recorded = await runRelease({ [judge]: faulty() });
    const unrecorded = await runRelease({ [judge]: faulty(), [record]: faulty() });
    expect(gatesOf(recorded)).toEqual(listed({ ...verdicts, [gate]: 'error' }));
    expect(gatesOf(unrecorded)).toEqual(listed({ ...verdicts, [gate]: 'error' }));
  });
});

describe('these tests', () => {
  it('do not take a broken test for a fault that was caught', async () => {
    const SignDigest = () => {
      throw new TypeError('not a function');
    };
    await expect(runRelease({ SignDigest })).rejects.toThrow('not a function');
  });

  it('end when the machine does not', async () => {
    const open = async () => ({
      ...(await TO_PRODUCTION.SettleApproval()),
      status: 'OPEN' as const,
    });
    await expect(runRelease({ SettleApproval: open })).rejects.toThrow('expected 200 at most');
  });

  it('do not take a field that is missing for an outcome', async () => {
    const AdmitVersion = () => ({}) as never;
    await expect(runRelease({ AdmitVersion })).rejects.toThrow('AdmitVersion: States.Runtime');
  });
});
