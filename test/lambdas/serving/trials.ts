import type { VersionRecord } from '#domain/registry/version-record.ts';
import { candidateTrial } from '#domain/serving/decision.ts';
import type { Candidate, Experiment } from '#domain/serving/routing/route-document.ts';
import type { CandidateAnswer } from '../../../lambdas/serving/isolated/candidate-answer.ts';
import type { Opening } from '../../../lambdas/serving/opening.ts';
import type { World } from './world.ts';

/** Gives a version a place in its model's route, as a candidate for every user. */
export function tryOut(
  world: World,
  { version, digest }: VersionRecord,
  changes: Partial<Candidate> = {},
): number {
  const candidate: Candidate = {
    ...{ version, digest, mode: 'full', share: 1, shadowSample: 1, epoch: 0, since: 1 },
    leaseUntil: world.now + 3_600_000,
    salt: candidateTrial(digest),
    ...changes,
  };
  return world.reroute({ candidate }).generation;
}

/** An experiment on everybody, whose control is stable. */
export function experimentOn(
  world: World,
  { version, digest }: VersionRecord,
  weight: number,
): Experiment {
  const stable = world.routes.get('acme/risk')?.stable;
  if (!stable) throw new Error('no route');
  const experiment: Experiment = {
    ...{ id: 'colour', layer: 'main', range: { from: 0, to: 1 }, epoch: 0, since: 1 },
    leaseUntil: world.now + 3_600_000,
    salt: 'experiment/colour',
    variants: [
      { name: 'bold', version, digest, weight },
      { name: 'control', version: stable.version, digest: stable.digest, weight: 1 - weight },
    ],
  };
  world.reroute({ experiments: [experiment] });
  return experiment;
}

/** Opens versions on trial as a function of the test: what they answer, and when they close. */
export class FakeOpening implements Opening {
  answer: () => Promise<CandidateAnswer> | CandidateAnswer = () => probability(0.5);
  asked = 0;
  readonly deadlines: number[] = [];
  readonly closed: string[] = [];

  async open(_path: string, { manifest }: Parameters<Opening['open']>[1]) {
    return {
      value: {
        run: async (_inputs: unknown, _outputs: unknown, deadlineMs: number) => {
          this.asked += 1;
          this.deadlines.push(deadlineMs);
          return this.answer();
        },
      },
      close: async () => void this.closed.push(manifest.version ?? ''),
    };
  }
}

/** What the logistic model answers for one row. */
export const probability = (p: number, ms?: number): CandidateAnswer => ({
  ok: true,
  outputs: new Map([
    ['p', { name: 'p', datatype: 'FP32', shape: [1, 1], data: Float32Array.of(p) }],
  ]),
  ...(ms !== undefined && { ms }),
});
