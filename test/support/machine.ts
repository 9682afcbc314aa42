import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import {
  type Definition,
  edgeName,
  functionOf,
  type Placed,
  statesOf,
} from '../statemachines/definition.ts';

/** What a task answers: a function's return value, a service's answer, or the wake-up that one waits for. */
export type Task = (payload: unknown) => unknown;

interface Call {
  readonly state: string;
  readonly function: string | undefined;
  readonly payload: unknown;
}

/** What an execution did; `path` leaves out what happened inside branches. */
export interface Run {
  readonly status: 'SUCCEEDED' | 'FAILED';
  readonly error: string | undefined;
  readonly output: unknown;
  readonly path: readonly string[];
  /** By the first state of each branch. */
  readonly branches: Readonly<Record<string, readonly string[]>>;
  readonly edges: ReadonlySet<string>;
  readonly retried: readonly string[];
  readonly calls: readonly Call[];
  /** The largest input of any state, in bytes of JSON. */
  readonly largestStateBytes: number;
}

/** A fault as Step Functions reports it, by the name that Retry and Catch look for. */
export class TaskFault extends Error {
  override readonly name: string;

  constructor(name: string, cause = `${name} was thrown`) {
    super(cause);
    this.name = name;
  }
}

export const EXECUTION = 'arn:aws:states:us-east-1:123456789012:execution:release:1';
export const EXECUTION_NAME = '1';
export const MACHINE = 'arn:aws:states:us-east-1:123456789012:stateMachine:release';
export const TASK_TOKEN = 'AQCEAAAAKgAAAAMAAAAA';

/**
 * Runs a state machine without waiting between retries.
 * @param tasks by state name, one for each Task; they fail by throwing a `TaskFault`.
 * @throws what a task threw that is no `TaskFault`, and for any other error of the interpreter:
 * Catch must not hide a broken test.
 */
export async function runMachine(
  definition: Definition,
  { input, tasks }: { input: object; tasks: Readonly<Record<string, Task>> },
): Promise<Run> {
  const taskStates = statesOf(definition).filter(({ state }) => state.Type === 'Task');
  const seen: Seen = { calls: [], faults: new Set(['States.Timeout']), broken: [] };
  const handlers = taskStates.map((placed) => [placed.name, handlerOf(placed, tasks, seen)]);
  const execution = new StateMachine(copyOf(definition), VALIDATED).run(input as never, {
    context: {
      Execution: { Id: EXECUTION, Name: EXECUTION_NAME },
      StateMachine: { Id: MACHINE },
      Task: { Token: TASK_TOKEN },
    },
    overrides: {
      taskResourceLocalHandlers: Object.fromEntries(handlers),
      retryIntervalOverrides: Object.fromEntries(taskStates.map(({ name }) => [name, 0])),
      waitTimeOverrides: Object.fromEntries(
        statesOf(definition).flatMap(({ name, state }) =>
          state.Type === 'Wait' ? [[name, 0]] : [],
        ),
      ),
    },
  });
  const result = execution.result.then(
    (output) => ({ status: 'SUCCEEDED' as const, output }),
    () => ({ status: 'FAILED' as const, output: undefined }),
  );
  const trace = await traceOf(definition, execution, seen);
  const ended = await result;
  if (seen.broken.length > 0) throw seen.broken[0];
  return { ...ended, ...trace, calls: seen.calls };
}

/** What tasks were asked and how they failed; `broken` is no part of any scenario. */
interface Seen {
  readonly calls: Call[];
  readonly faults: Set<string>;
  readonly broken: unknown[];
}

function handlerOf({ name, state }: Placed, tasks: Readonly<Record<string, Task>>, seen: Seen) {
  const task = tasks[name];
  if (!task) throw new Error(`state ${name} has no task, expected one in "tasks"`);
  const waits = state.Resource?.endsWith('.waitForTaskToken');
  const invoked = functionOf(state);
  return async (parameters: { readonly Payload: unknown }): Promise<unknown> => {
    const payload = invoked ? parameters.Payload : parameters;
    seen.calls.push({ state: name, function: invoked, payload });
    try {
      const output = await task(payload);
      return waits || !invoked ? output : { StatusCode: 200, Payload: output };
    } catch (error) {
      if (error instanceof TaskFault) seen.faults.add(error.name);
      else seen.broken.push(error);
      throw error;
    }
  };
}

type Execution = ReturnType<StateMachine['run']>;
type Trace = Omit<Run, 'status' | 'output' | 'calls'>;

async function traceOf(definition: Definition, execution: Execution, seen: Seen): Promise<Trace> {
  const scopes = new Map(statesOf(definition).map(({ name, scope }) => [name, scope]));
  const visited: Record<string, string[]> = {};
  const caught = new Map<string, readonly string[]>();
  const edges = new Set<string>();
  const retried: string[] = [];
  let steps = 0;
  let largestStateBytes = 0;
  let error: string | undefined;
  for await (const event of execution.eventLogs) {
    switch (event.type) {
      case 'StateEntered': {
        const { name, input } = event.state;
        if (++steps > MOST_STEPS) {
          seen.broken.push(new Error(`${name} was step ${steps}, expected ${MOST_STEPS} at most`));
          execution.abort();
        }
        const scope = scopes.get(name) ?? name;
        visited[scope] ??= [];
        const from = visited[scope].at(-1);
        if (from) edges.add(edgeName(from, name, caught.get(from)));
        if (from) caught.delete(from);
        visited[scope].push(name);
        largestStateBytes = Math.max(largestStateBytes, Buffer.byteLength(JSON.stringify(input)));
        break;
      }
      case 'StateFailed':
        if (event.state.type !== 'Fail' && !seen.faults.has(event.Error)) {
          seen.broken.push(new Error(`${event.state.name}: ${event.Error}: ${event.Cause}`));
        }
        break;
      case 'StateRetried':
        retried.push(event.state.name);
        break;
      case 'StateCaught':
        caught.set(event.state.name, event.catch.catcher.ErrorEquals);
        break;
      case 'ExecutionFailed':
        error = event.Error;
        break;
      default:
        break;
    }
  }
  const { [definition.StartAt]: path = [], ...branches } = visited;
  return { error, path, branches, edges, retried, largestStateBytes };
}

/** Without waiting, an endless loop would starve even the test's own timeout. */
const MOST_STEPS = 200;

const VALIDATED = { validationOptions: { noValidate: true } };

const copyOf = (definition: Definition): StateMachineDefinition =>
  structuredClone(definition) as unknown as StateMachineDefinition;

function withResolvers<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<T>((onValue, onReason) => {
    resolve = onValue;
    reject = onReason;
  });
  return { promise, resolve, reject };
}

/** aws-local-stepfunctions needs it for every task; Node 20 lacks it. */
if (!('withResolvers' in Promise)) Object.assign(Promise, { withResolvers });
