import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** The fields of Amazon States Language that our state machines use. */
export interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly Parameters?: {
    readonly FunctionName?: string;
    readonly Payload?: Readonly<Record<string, unknown>>;
    readonly [parameter: string]: unknown;
  };
  readonly ResultSelector?: Readonly<Record<string, unknown>>;
  readonly ResultPath?: string | null;
  readonly TimeoutSeconds?: number;
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
  readonly Choices?: readonly ({ readonly Next: string } & Readonly<Record<string, unknown>>)[];
  readonly Default?: string;
  readonly Branches?: readonly Definition[];
  readonly ItemProcessor?: Definition;
  readonly Next?: string;
  readonly End?: boolean;
}

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: string;
}

interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly ResultPath?: string;
  readonly Next: string;
}

export interface Definition {
  readonly StartAt: string;
  readonly TimeoutSeconds?: number;
  readonly States: Readonly<Record<string, State>>;
}

/** A state and where it stands: `scope` is the first state of its machine, branch or iteration. */
export interface Placed {
  readonly name: string;
  readonly state: State;
  readonly scope: string;
}

const ROOT = new URL('../../', import.meta.url);

/** File names of all state machines. */
export const MACHINES = readdirSync(new URL('statemachines', ROOT)).filter((file) =>
  file.endsWith('.asl.json'),
);

export const textOf = (file: string): string =>
  readFileSync(new URL(`statemachines/${file}`, ROOT), 'utf8');

export const definitionOf = (file: string): Definition => JSON.parse(textOf(file)) as Definition;

/** All states, those inside branches and iterations too, in the order they are written. */
export const statesOf = ({ StartAt: scope, States }: Definition): Placed[] =>
  Object.entries(States).flatMap(([name, state]) => [
    { name, state, scope },
    ...innerOf(state).flatMap(statesOf),
  ]);

export const innerOf = ({ Branches, ItemProcessor }: State): readonly Definition[] => [
  ...(Branches ?? []),
  ...(ItemProcessor ? [ItemProcessor] : []),
];

/** Names one way out of a state; `caught` lists the errors of its catcher. */
export const edgeName = (from: string, to: string, caught?: readonly string[]): string =>
  `${from} ${caught ? `(${caught.join(', ')}) ` : ''}→ ${to}`;

/** Every way out of a state that stays in its machine: Next, Choices, Default and Catch. */
export const edgesOf = ({ name, state }: Placed): string[] => [
  ...[state.Next, ...(state.Choices ?? []).map(({ Next }) => Next), state.Default].flatMap((to) =>
    to === undefined ? [] : [edgeName(name, to)],
  ),
  ...(state.Catch ?? []).map(({ ErrorEquals, Next }) => edgeName(name, Next, ErrorEquals)),
];

/** `SignDigest` for `${SignDigest}`; undefined for a state that invokes no function of ours. */
export const functionOf = ({ Parameters }: State): string | undefined =>
  /^\$\{(\w+)\}$/.exec(Parameters?.FunctionName ?? '')?.[1];

const HANDLERS = readdirSync(new URL('lambdas', ROOT), { recursive: true, encoding: 'utf8' });

/** The files under lambdas/ that are named like a function: `SignDigest` is sign-digest.ts. */
export const handlersOf = (name: string): string[] => {
  const kebab = name.replaceAll(/\B[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
  return HANDLERS.filter((path) => basename(path) === `${kebab}.ts`);
};
