import type { ArtifactBucket } from '#aws/artifact-bucket.ts';
import type { EvidenceBucket } from '#aws/evidence-bucket.ts';
import type { Judgement } from '#domain/gates/gate-result.ts';
import { judgePerformance } from '#domain/gates/performance/judge.ts';
import { judgeGroups } from '#domain/gates/performance/judge-groups.ts';
import type { Latency } from '#domain/gates/performance/judge-latency.ts';
import type { Measured } from '#domain/gates/performance/measured.ts';
import type { Json } from '#domain/gates/verdict.ts';
import type { Subjected } from './gate.ts';
import { keepProfile } from './keep-profile.ts';
import type { Judging, MeasuredModel } from './measured-model.ts';

export interface JudgementPorts {
  readonly artifacts: Pick<ArtifactBucket, 'read'>;
  readonly evidence: Pick<EvidenceBucket, 'put'>;
}

/** A model's answers to the judging rows, wherever it gave them. */
export type AnsweredModel = Pick<MeasuredModel, 'measurement' | 'set' | 'answers'>;

/** What was measured of a candidate and, in the same run, of the version in production. */
export interface Measurements {
  readonly judging: Judging;
  readonly candidate: AnsweredModel;
  readonly baseline?: { readonly version: string; readonly measured: Measured<AnsweredModel> };
  readonly latency: Measured<Latency>;
}

/** Judges measurements: the same code wherever they were made. */
export async function performanceJudgement(
  ports: JudgementPorts,
  subject: Subjected,
  measurements: Measurements,
): Promise<Judgement> {
  const { judging, candidate } = measurements;
  const parts = [
    judgeMeasured(subject, measurements),
    judgeOnRows(subject, candidate, judging),
    await keepProfile(ports, subject, candidate),
  ];
  return {
    checks: parts.flatMap(({ checks }) => checks),
    evidence: Object.assign({}, ...parts.map(({ evidence }) => evidence)),
    labels: parts.flatMap(({ labels = [] }) => labels),
  };
}

function judgeMeasured(
  { policy }: Subjected,
  { candidate, baseline, latency }: Measurements,
): Judgement {
  const opponent = baseline?.measured.ok ? baseline.measured.value : undefined;
  return {
    checks: judgePerformance({
      candidate: candidate.measurement,
      baseline: baseline === undefined ? 'none' : opponent?.measurement,
      latency,
      policy: policy.performance,
    }),
    evidence: {
      holdout: policy.holdout?.sha256 ?? 'of the artifact itself',
      candidate: plain(candidate.measurement),
      ...(baseline && {
        baselineVersion: baseline.version,
        baseline: plain(opponent ? opponent.measurement : baseline.measured),
      }),
      latency: plain(latency),
    },
  };
}

/** By slice and protected group; what has no quality has been judged for that already. */
function judgeOnRows(
  { policy }: Subjected,
  { measurement, answers }: AnsweredModel,
  { table, evaluation }: Judging,
): Judgement {
  if (!measurement.quality.ok || !answers.ok) return { checks: [] };
  return judgeGroups({ table, evaluation, answers: answers.value, policy: policy.performance });
}

/** Of what there is nothing to judge. */
export const undecided = ({
  verdict,
  reason,
}: Extract<Measured<unknown>, { ok: false }>): Judgement => ({
  checks: [{ id: 'performance.evaluation', verdict, message: reason }],
});

/** From the digest, so that a repeated judgement draws the same resamples. */
export const seedOf = ({ release }: Subjected): number =>
  Number.parseInt(release.digest.slice(0, 8), 16);

/** As JSON: what has no place in it (undefined, NaN) becomes absent or null. */
const plain = (value: unknown): Json => JSON.parse(JSON.stringify(value ?? null)) as Json;
