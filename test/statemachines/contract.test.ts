import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import {
  definitionOf,
  edgesOf,
  functionOf,
  handlersOf,
  innerOf,
  MACHINES,
  type Placed,
  type Retrier,
  statesOf,
  textOf,
} from './definition.ts';

/** States that bring a version nearer to traffic: something must have been found good first. */
const ACCEPTANCE = [
  'SignDigest',
  'DriveLoad',
  'DescribeVersion',
  'RequestApproval',
  'AdmitVersion',
  'ActivateVersion',
  'InProduction',
  'StartTrial',
  'BeginRollout',
  'PromoteVersion',
  'Promoted',
  'BeginExperiment',
];

/**
 * Faults of the service, not of the function: worth another try.
 * https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html
 */
const TRANSIENT =
  /^(Lambda\.(ClientExecutionTimeoutException|ServiceException|AWSLambdaException|SdkClientException)|StepFunctions\.SdkClientException)$/;

/**
 * A limit of the account is reached, by whatever else runs in it: nothing is wrong with the version,
 * and the limit may be full for minutes. SageMaker and Step Functions give a name of their own to few
 * errors: the others, throttling among them, go by that of their client, which tells no more.
 */
const LIMITED =
  /^(Lambda\.TooManyRequestsException|SageMaker\.(AmazonSageMakerException|SageMakerException|ThrottlingException)|StepFunctions\.(AWSStepFunctionsException|ThrottlingException|ExecutionLimitExceededException))$/;

const START_EXECUTION = 'arn:aws:states:::states:startExecution';

/** What a task may do besides invoking a function of ours, and which states of a machine do. */
const SERVICES: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'release.asl.json': {
    'arn:aws:states:::sagemaker:createProcessingJob.sync': ['EvaluateByJob'],
    'arn:aws:states:::aws-sdk:sagemaker:describeProcessingJob': ['FindEvaluation'],
    [START_EXECUTION]: ['StartTrial'],
  },
  'experiment.asl.json': {
    [START_EXECUTION]: ['StartTrial', 'StartSuccessor'],
  },
  'rollout.asl.json': {
    [START_EXECUTION]: ['StartRollback', 'StartSuccessor', 'StartWithdrawal'],
  },
};

/** People and the console wait no longer than this between first fault and Catch. */
const LONGEST_RETRY_SECONDS = 30;
/** Where a limit is reached: half of it, on average, with full jitter. */
const LONGEST_LIMITED_SECONDS = 200;
const SHORTEST_LIMITED_SECONDS = 150;

const aslValidator = createRequire(import.meta.url)('asl-validator') as (definition: object) => {
  readonly isValid: boolean;
  readonly errorsText: () => string;
};

it('knows the states of acceptance by the names they have', () => {
  const names = MACHINES.flatMap((file) => statesOf(definitionOf(file)).map(({ name }) => name));
  expect(names).toEqual(expect.arrayContaining(ACCEPTANCE));
});

describe.each(MACHINES)('%s', (file) => {
  const definition = definitionOf(file);
  const states = statesOf(definition);
  const tasks = states.filter(({ state }) => state.Type === 'Task');
  const services = SERVICES[file] ?? {};
  const invoking = tasks.filter(({ state }) => !(String(state.Resource) in services));

  it('is valid Amazon States Language', () => {
    const { isValid, errorsText } = aslValidator(definitionOf(file));
    expect(isValid, errorsText()).toBe(true);
  });

  it('speaks JSONPath alone, and of that only plain references', () => {
    expect(textOf(file)).not.toMatch(/"(QueryLanguage|Arguments|Assign|Output)"|\{%/);
    for (const { name, state } of states) {
      for (const path of pathsOf(state)) {
        expect(path, name).toMatch(/^\$\$?(\.[A-Za-z]\w*)*$/);
      }
    }
  });

  it('bounds the time of the whole and of each task', () => {
    const whole = definition.TimeoutSeconds ?? 0;
    expect(whole).toBeGreaterThan(0);
    for (const { name, state } of tasks) {
      expect(state.TimeoutSeconds, name).toBeGreaterThan(0);
      expect(state.TimeoutSeconds, name).toBeLessThan(whole);
    }
  });

  it('tries transient faults again, those alone, a few times, each time later', () => {
    for (const { name, state } of tasks) {
      expect(state.Retry?.length, name).toBeGreaterThan(0);
      for (const retrier of state.Retry ?? []) {
        const limited = isLimited(retrier);
        for (const error of retrier.ErrorEquals) {
          expect(error, name).toMatch(limited ? LIMITED : TRANSIENT);
        }
        expect(retrier.MaxAttempts, name).toBeGreaterThan(0);
        expect(retrier.BackoffRate, name).toBeGreaterThan(1);
        expect(retrier.JitterStrategy, name).toBe('FULL');
        const longest = limited ? LONGEST_LIMITED_SECONDS : LONGEST_RETRY_SECONDS;
        expect(longestWait(retrier), name).toBeLessThanOrEqual(longest);
      }
    }
  });

  it('waits minutes where a limit of the account is reached, by a count of its own', () => {
    for (const { name, state } of tasks) {
      const limited = (state.Retry ?? []).filter(isLimited);
      expect(limited, name).toHaveLength(1);
      for (const retrier of limited) {
        expect(longestWait(retrier), name).toBeGreaterThanOrEqual(SHORTEST_LIMITED_SECONDS);
        expect(retrier.MaxDelaySeconds, name).toBeLessThanOrEqual(30);
      }
    }
  });

  it('catches every fault of a task, last of all, beside the state data', () => {
    for (const { name, state } of tasks) {
      expect(state.Catch?.at(-1)?.ErrorEquals, name).toEqual(['States.ALL']);
      for (const { ResultPath } of state.Catch ?? []) expect(ResultPath, name).toMatch(/^\$\.\w+$/);
    }
  });

  it('has Retry and Catch on tasks alone', () => {
    for (const { name, state } of states) {
      if (state.Type === 'Task') continue;
      expect(Object.keys(state), name).not.toContain('Retry');
      expect(Object.keys(state), name).not.toContain('Catch');
    }
  });

  it('never accepts by default: a choice names the one outcome that passes', () => {
    for (const { name, state } of states) {
      if (state.Type !== 'Choice') continue;
      expect(state.Default, name).toBeDefined();
      expect(ACCEPTANCE, name).not.toContain(state.Default);
      for (const rule of state.Choices ?? []) {
        expect(Object.keys(rule).sort(), name).toEqual(['Next', 'StringEquals', 'Variable']);
      }
    }
  });

  it('never accepts after a fault', () => {
    for (const { name, state } of tasks) {
      for (const { Next } of state.Catch ?? []) expect(ACCEPTANCE, name).not.toContain(Next);
    }
  });

  it('asks a service itself in the states alone that are known for it', () => {
    for (const [resource, names] of Object.entries(services)) {
      const asking = tasks.filter(({ state }) => state.Resource === resource);
      expect(asking.map(({ name }) => name)).toEqual(names);
      for (const { name, state } of asking) {
        expect(functionOf(state), name).toBeUndefined();
        expect(handlersOf(name), `handlers of ${name}`).toEqual([]);
      }
    }
  });

  it('starts executions under a name, so that a second start of the same changes nothing', () => {
    for (const { name, state } of tasks) {
      if (state.Resource !== START_EXECUTION) continue;
      const { 'Name.$': called, ...parameters } = state.Parameters ?? {};
      expect(called, name).toEqual(expect.stringMatching(/^\$/));
      const machine = parameters.StateMachineArn ?? parameters['StateMachineArn.$'];
      expect(machine, name).toMatch(/^(\$\{\w+Machine\}|\$\$\.StateMachine\.Id)$/);
      expect(state.Catch?.[0]?.ErrorEquals, name).toContain(
        'StepFunctions.ExecutionAlreadyExistsException',
      );
    }
  });

  it('keeps of what a service answers nothing, or named fields', () => {
    for (const { name, state } of tasks) {
      if (invoking.some((other) => other.name === name)) continue;
      const kept = Object.keys(state.ResultSelector ?? {}).length;
      expect(state.ResultPath === null || kept > 0, name).toBe(true);
    }
  });

  it('names functions that have exactly one handler file', () => {
    for (const { name, state } of invoking) {
      const invoked = functionOf(state);
      expect(invoked, `function of ${name}`).toBeDefined();
      expect(handlersOf(invoked ?? ''), `handlers of ${invoked}`).toHaveLength(1);
    }
  });

  it('names a state like its function, unless several share it', () => {
    const invoked = tasks.map(({ state }) => functionOf(state));
    for (const { name, state } of invoking) {
      const own = functionOf(state);
      const shared = invoked.filter((other) => other === own).length > 1;
      expect(name === own, name).toBe(!shared);
      if (shared) expect(handlersOf(name), `handlers of ${name}`).toEqual([]);
    }
  });

  it('has no state that nothing leads to, and no two of one name', () => {
    const names = states.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect([...reachable(states, definition.StartAt)].sort()).toEqual(names.sort());
  });

  it('keeps state data small: pointers go in, named fields come out', () => {
    for (const { name, state, scope } of invoking) {
      const { Payload: payload = {} } = state.Parameters ?? {};
      expect(Object.keys(payload).length, name).toBeGreaterThan(0);
      for (const value of Object.values(payload)) expect(value, name).toEqual(expect.any(String));
      if (state.Resource?.endsWith('.waitForTaskToken')) {
        // What a wake-up carries is up to whoever sends it, so nothing of it is kept.
        expect(state.ResultPath, name).toBeNull();
        continue;
      }
      const outermost = scope === definition.StartAt;
      if (outermost) expect(state.ResultPath, name).toMatch(/^\$\.\w+$/);
      expect(Object.keys(state.ResultSelector ?? {}).length, name).toBeGreaterThan(0);
    }
  });
});

function reachable(states: readonly Placed[], start: string): Set<string> {
  const found = new Set<string>();
  const waiting = [start];
  for (const name of waiting) {
    const placed = states.find((candidate) => candidate.name === name);
    if (!placed || found.has(name)) continue;
    found.add(name);
    waiting.push(...edgesOf(placed).map((edge) => edge.replace(/^.* → /, '')));
    waiting.push(...innerOf(placed.state).map(({ StartAt }) => StartAt));
  }
  return found;
}

/** Every JSONPath of a state itself; the states inside it speak for themselves. */
function pathsOf(value: unknown): string[] {
  if (typeof value === 'string')
    return value.startsWith('$') && !value.startsWith('${') ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'Branches' || key === 'ItemProcessor'
      ? []
      : key.endsWith('.$')
        ? [String(inner)]
        : pathsOf(inner),
  );
}

const isLimited = ({ ErrorEquals }: Retrier): boolean =>
  ErrorEquals.some((error) => LIMITED.test(error));

/** Seconds between the first fault and the last try, with no luck in any wait. */
const longestWait = (retrier: Retrier): number => {
  const { IntervalSeconds = 1, BackoffRate = 2, MaxAttempts = 3 } = retrier;
  const { MaxDelaySeconds = Number.POSITIVE_INFINITY } = retrier;
  return sum(
    Array.from({ length: MaxAttempts }, (_, i) =>
      Math.min(MaxDelaySeconds, IntervalSeconds * BackoffRate ** i),
    ),
  );
};

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
