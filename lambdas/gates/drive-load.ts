import { ArtifactBucket } from '#aws/artifact-bucket.ts';
import { type Invoked, StagingFunction } from '#aws/staging-function.ts';
import type { Judgement } from '#domain/gates/gate-result.ts';
import { judgeLoad } from '#domain/gates/load/judge.ts';
import type { LoadSample } from '#domain/gates/load/measurement.ts';
import { latencyQuantiles } from '#domain/gates/performance/quantile.ts';
import type { Json } from '#domain/gates/verdict.ts';
import { env } from '../env.ts';
import { inferEvent } from '../infer-event.ts';
import { closedLoop } from './closed-loop.ts';
import { gateEntry, type Judge } from './gate.ts';
import { answerReader } from './load-answer.ts';
import { loadRequests } from './load-requests.ts';

interface Ports {
  readonly artifacts: Pick<ArtifactBucket, 'read'>;
  readonly staging: Pick<StagingFunction, 'send'>;
}

/** The staging function has opened the model in every sandbox by then, or it never will. */
const WARM_UP_SECONDS = 120;

/** Gate: how the version answers under load, through the code that will serve it. */
export const driveLoad =
  ({ artifacts, staging }: Ports): Judge =>
  async (subject): Promise<Judgement> => {
    const found = await loadRequests(artifacts, subject);
    if (!found.ok) {
      const { verdict, reason: message } = found;
      return { checks: [{ id: 'load.requests', verdict, message }] };
    }
    const { value: requests } = found;
    const { load: policy } = subject.policy;
    const { bodies, golden } = requests;
    const send = (turn: number): Promise<Invoked> =>
      staging.send(inferEvent(subject.release, bodies[turn % bodies.length] ?? ''));

    const warmUpMs: number[] = [];
    const warmUp = { requests: policy.warmUpRequests, seconds: WARM_UP_SECONDS };
    await closedLoop({ ...policy, ...warmUp }, send, ({ latencyMs }) => warmUpMs.push(latencyMs));

    const samples: LoadSample[] = [];
    const read = answerReader(golden);
    const looped = await closedLoop(policy, send, ({ turn, invoked, atMs, latencyMs }) => {
      samples.push({ atMs, latencyMs, ...read(invoked, turn % bodies.length) });
    });
    return {
      checks: judgeLoad({ ...looped, samples, answersExpected: golden !== undefined }, policy),
      evidence: {
        sent: { source: requests.source, distinct: bodies.length, concurrency: policy.concurrency },
        warmUp: { requests: warmUpMs.length, slowestMs: Math.max(0, ...warmUpMs) },
        measured: { requests: samples.length, ...looped },
        clientMs: quantiles(samples.map(({ latencyMs }) => latencyMs)),
        functionMs: quantiles(samples.flatMap(({ functionMs }) => functionMs ?? [])),
      },
    };
  };

const quantiles = (samplesMs: readonly number[]): Json =>
  samplesMs.length === 0 ? null : { ...latencyQuantiles(samplesMs) };

export const handler = gateEntry('load', () =>
  driveLoad({
    artifacts: new ArtifactBucket(env('ARTIFACT_BUCKET')),
    staging: new StagingFunction(env('STAGING_FUNCTION_ARN')),
  }),
);
