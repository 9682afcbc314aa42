import * as z from 'zod/mini';
import { ArtifactBucket } from '#aws/artifact-bucket.ts';
import { EvidenceBucket } from '#aws/evidence-bucket.ts';
import { InferFunction } from '#aws/infer-function.ts';
import { ModelRegistry } from '#aws/model-registry.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import { Rollbacks } from '#aws/rollbacks.ts';
import { Routes } from '#aws/routes.ts';
import { TrafficCounters } from '#aws/traffic-counters.ts';
import { type Check, worst } from '#domain/gates/verdict.ts';
import {
  type CountedTraffic,
  judgeResidual,
  watchAgain,
  watchFrom,
} from '#domain/rollout/residual-traffic.ts';
import { type Killed, type RollbackRecord, RollbackRef } from '#domain/rollout/rollback-record.ts';
import { addTraffic } from '#domain/rollout/traffic.ts';
import { act } from '../act.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';
import { count } from '../metrics.ts';
import { type AnswerPorts, answerChecks, UNSENT } from './answer-checks.ts';
import { COUNTED, standingRollback } from './settle-rollback.ts';

const Input = z.strictObject({ rollback: RollbackRef });

/** What a Choice routes on; `watch` is to be asked again once the time is over. */
interface Validated {
  readonly outcome: 'watch' | 'verified' | 'unverified';
}

interface Ports extends AnswerPorts {
  readonly rollbacks: Pick<Rollbacks, 'get' | 'watch' | 'validate'>;
  readonly counters: Pick<TrafficCounters, 'of'>;
  readonly count: typeof count;
}

const TURNS = 3;

/**
 * One of them has to be clean: a process writes late what it counted before, but once. What the load
 * around a rollback keeps from being asked may be asked after the next.
 */
const WATCHES = 3;
const OUTCOMES = { VERIFIED: 'verified', UNVERIFIED: 'unverified' } as const;

/**
 * Sees whether a rollback works: what it took out of traffic stays out, and what answers instead
 * answers as it should. The first time it only notes from what counts on more is too much.
 */
export const validateRollback =
  (ports: Ports) =>
  async ({ rollback }: z.infer<typeof Input>): Promise<Validated> => {
    for (let turn = 0; turn < TURNS; turn++) {
      const record = await standingRollback(ports, rollback);
      const { status, killed } = record;
      if (status === 'VERIFIED' || status === 'UNVERIFIED') return { outcome: OUTCOMES[status] };
      if (!killed || status !== 'ROLLED_BACK') {
        throw new Error(`rollback ${rollback.id} is ${status}, expected ROLLED_BACK`);
      }
      const outcome = await judged(ports, record, killed);
      if (outcome) return { outcome };
    }
    throw new Error(`rollback ${rollback.id} changed ${TURNS} times while it was read; retry`);
  };

/** Undefined where the record has changed meanwhile. */
async function judged(
  ports: Ports,
  record: RollbackRecord,
  killed: Killed,
): Promise<Validated['outcome'] | undefined> {
  const counted = await countedOf(ports.counters, record, killed);
  const now = act('validate-rollback');
  const { watch, policy } = record;
  if (!watch) {
    const noted = { ...record, watch: watchFrom(killed, counted, now.at) };
    return (await ports.rollbacks.watch(noted, now)).ok ? 'watch' : undefined;
  }
  const seconds = secondsBetween(watch.at, now.at);
  if (seconds < policy.validationSeconds) return 'watch';
  const residual = judgeResidual(killed, watch, { ...counted, seconds }, policy.residualShareMax);
  const again = async () => {
    const noted = { ...record, watch: watchAgain(watch, killed, counted, now.at) };
    return (await ports.rollbacks.watch(noted, now)).ok ? 'watch' : undefined;
  };
  if (residual.verdict !== 'pass' && watch.number < WATCHES) return again();
  const answers = await answerChecks(ports, record, policy.goldenToleranceMax);
  if (mayPass(answers) && watch.number < WATCHES) return again();
  const checks: Check[] = [residual, ...answers];
  const verified = worst(checks.map(({ verdict }) => verdict)) === 'pass';
  const status = verified ? 'VERIFIED' : 'UNVERIFIED';
  const written = await ports.rollbacks.validate({ ...record, status, checks }, now);
  if (!written.ok) return undefined;
  if (!verified) ports.count(COUNTED, { RollbackUnverified: 1 });
  return OUTCOMES[status];
}

/** Whether nothing speaks against what answers, but that not every case could be handed over. */
const mayPass = (answers: readonly Check[]): boolean =>
  answers.some(({ id }) => id === UNSENT) && answers.every(({ verdict }) => verdict !== 'fail');

async function countedOf(
  counters: Ports['counters'],
  model: RollbackRecord,
  { generations, lastSince, at }: Killed,
): Promise<CountedTraffic> {
  const all = await Promise.all(generations.map((generation) => counters.of(model, generation)));
  return {
    traffic: all.reduce(addTraffic, {}),
    last: all.at(-1) ?? {},
    lastSeconds: secondsBetween(lastSince, at),
  };
}

const secondsBetween = (from: string, to: string): number =>
  (Date.parse(to) - Date.parse(from)) / 1000;

export const handler = entry(Input, () => {
  const table = new RegistryTable(env('REGISTRY_TABLE'));
  return validateRollback({
    rollbacks: new Rollbacks(table),
    counters: new TrafficCounters(env('METRICS_TABLE')),
    routes: new Routes(table),
    registry: new ModelRegistry(table),
    evidence: new EvidenceBucket(env('EVIDENCE_BUCKET')),
    artifacts: new ArtifactBucket(env('ARTIFACT_BUCKET')),
    infer: new InferFunction(env('INFER_FUNCTION_ARN')),
    count,
  });
});
