import type { beginRollback } from '../../lambdas/rollout/begin-rollback.ts';
import type { failRollback } from '../../lambdas/rollout/fail-rollback.ts';
import type { killVersion } from '../../lambdas/rollout/kill-version.ts';
import type { recedeTraffic } from '../../lambdas/rollout/recede-traffic.ts';
import type { validateRollback } from '../../lambdas/rollout/validate-rollback.ts';
import { type Run, runMachine, TaskFault } from '../support/machine.ts';
import { definitionOf } from './definition.ts';

export const ROLLBACK = definitionOf('rollback.asl.json');

type OutputOf<Handler> = Handler extends (ports: never) => (input: never) => Promise<infer Output>
  ? Output
  : never;

interface Outputs {
  BeginRollback: OutputOf<typeof beginRollback>;
  RecedeTraffic: OutputOf<typeof recedeTraffic>;
  KillVersion: OutputOf<typeof killVersion>;
  ValidateRollback: OutputOf<typeof validateRollback>;
  FailRollback: OutputOf<typeof failRollback>;
}
export type TaskName = keyof Outputs;
export type Tasks = { readonly [Name in TaskName]: () => Outputs[Name] };

const id = '01890000-0000-7000-8000-000000000001';
export const ref = { tenant: 'acme', model: 'churn', id };

export const INPUT = {
  rollback: {
    ...ref,
    severity: 'critical',
    trigger: 'look',
    reason: 'failures: E = 45, threshold 20',
    actor: 'look-at-rollout',
    generation: 7,
  },
};

export const begun = (outcome: Outputs['BeginRollback']['outcome']) => () => ({
  outcome,
  rollback: ref,
  stepSeconds: 60,
  validationSeconds: 60,
});

export const inTurn = <T>(...turns: readonly (() => T)[]): (() => T) => {
  let turn = 0;
  return () => (turns[Math.min(turn++, turns.length - 1)] as () => T)();
};

export const faulty =
  (name = 'Runtime.HandlerError', cause?: string): (() => never) =>
  () => {
    throw new TaskFault(name, cause);
  };

const verified = () => ({ outcome: 'verified' }) as const;
const again = () => ({ outcome: 'again', share: 0.2 }) as const;
const empty = () => ({ outcome: 'empty' }) as const;
const reason = 'said so';

/** A critical rollback that works; what watches is asked twice. */
export const calm = (): Tasks => ({
  BeginRollback: begun('critical'),
  RecedeTraffic: inTurn<Outputs['RecedeTraffic']>(again, again, empty),
  KillVersion: () => ({ outcome: 'rolled-back', to: '1.0.0', generation: 8 }),
  ValidateRollback: inTurn<Outputs['ValidateRollback']>(() => ({ outcome: 'watch' }), verified),
  FailRollback: () => ({ status: 'FAULTED' }),
});

export const runRollback = (when: Partial<Tasks> = {}): Promise<Run> =>
  runMachine(ROLLBACK, { input: INPUT, tasks: { ...calm(), ...when } });

interface Scenario {
  readonly when?: Partial<Tasks>;
  readonly path: readonly string[];
  readonly error?: string;
}

const begin = ['BeginRollback', 'GoesBackHow'];
const step = ['RecedeTraffic', 'IsEmpty'];
const steps = [...step, 'WaitForStep', ...step, 'WaitForStep', ...step];
const kill = ['KillVersion', 'IsRolledBack'];
const look = ['ValidateRollback', 'IsVerified'];
const watch = ['WaitForRoutes', ...look, 'WaitForValidation', ...look];
const gradual = { BeginRollback: begun('gradual') };
const failed = ['FailRollback', 'Faulted'];

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'takes a version out at once, and sees that it stays out': {
    path: [...begin, ...kill, ...watch, 'Verified'],
  },
  'takes a version out step by step': {
    when: gradual,
    path: [...begin, ...steps, ...kill, ...watch, 'Verified'],
  },
  'does nothing about what has no place any more': {
    when: { BeginRollback: begun('nothing') },
    path: [...begin, 'NothingToDo'],
  },
  'does nothing that is not possible': {
    when: { BeginRollback: begun('refused') },
    path: [...begin, 'Refused'],
  },
  'holds where there is nothing to go back to': {
    when: { BeginRollback: begun('hold') },
    path: [...begin, 'NoRollbackTarget'],
    error: 'NoRollbackTarget',
  },
  'leaves what another rollback was quicker with': {
    when: { ...gradual, RecedeTraffic: () => ({ outcome: 'pre-empted' }) },
    path: [...begin, ...step, 'NothingToDo'],
  },
  'holds half way where there is nothing to go back to any more': {
    when: { ...gradual, RecedeTraffic: () => ({ outcome: 'hold', reason }) },
    path: [...begin, ...step, 'NoRollbackTarget'],
    error: 'NoRollbackTarget',
  },
  'does nothing where the kill finds nothing': {
    when: { KillVersion: () => ({ outcome: 'nothing', reason }) },
    path: [...begin, ...kill, 'NothingToDo'],
  },
  'holds where the kill finds nothing to go back to': {
    when: { KillVersion: () => ({ outcome: 'hold', reason }) },
    path: [...begin, ...kill, 'NoRollbackTarget'],
    error: 'NoRollbackTarget',
  },
  'pages where the rollback is not shown to work': {
    when: { ValidateRollback: () => ({ outcome: 'unverified' }) },
    path: [...begin, ...kill, 'WaitForRoutes', ...look, 'RollbackUnverified'],
    error: 'RollbackUnverified',
  },
  'fails when BeginRollback faults': {
    when: { BeginRollback: faulty() },
    path: ['BeginRollback', ...failed],
    error: 'RollbackFaulted',
  },
  'fails when RecedeTraffic faults': {
    when: { ...gradual, RecedeTraffic: faulty() },
    path: [...begin, 'RecedeTraffic', ...failed],
    error: 'RollbackFaulted',
  },
  'fails when KillVersion faults': {
    when: { KillVersion: faulty() },
    path: [...begin, 'KillVersion', ...failed],
    error: 'RollbackFaulted',
  },
  'fails when ValidateRollback faults': {
    when: { ValidateRollback: faulty() },
    path: [...begin, ...kill, 'WaitForRoutes', 'ValidateRollback', ...failed],
    error: 'RollbackFaulted',
  },
  'fails when the fault cannot even be recorded': {
    when: { BeginRollback: faulty(), FailRollback: faulty() },
    path: ['BeginRollback', ...failed],
    error: 'RollbackFaulted',
  },
};

export function drive(behaviour: string): Promise<Run> {
  const scenario = SCENARIOS[behaviour];
  if (!scenario) throw new Error(`no scenario "${behaviour}"`);
  return runRollback(scenario.when);
}
