import type { EvaluationBucket } from '#aws/evaluation-bucket.ts';
import type { EvidenceBucket } from '#aws/evidence-bucket.ts';
import { jobLatency } from '#domain/gates/evaluation/latency.ts';
import { answersTo, type EvaluationOutput, readOutput } from '#domain/gates/evaluation/output.ts';
import {
  EvaluationPlan,
  featureRows,
  jobName,
  type PlannedModel,
} from '#domain/gates/evaluation/plan.ts';
import { evaluationSet } from '#domain/gates/evaluation-set.ts';
import type { Judgement } from '#domain/gates/gate-result.ts';
import type { Measured } from '#domain/gates/performance/measured.ts';
import { readPredictions } from '#domain/gates/performance/predictions.ts';
import { measureQuality } from '#domain/gates/performance/quality.ts';
import type { ArtifactRecord, EvidencePointer } from '#domain/registry/artifact.ts';
import { parseDigest, sha256Hex } from '#domain/registry/digest.ts';
import { readArtifactRecord } from '../artifact-record.ts';
import type { Subjected } from './gate.ts';
import { judgingRows } from './judging-rows.ts';
import type { Judging } from './measured-model.ts';
import {
  type AnsweredModel,
  type JudgementPorts,
  performanceJudgement,
  seedOf,
  undecided,
} from './performance-judgement.ts';
import { OUTPUT } from './processing-job.ts';

interface Ports extends JudgementPorts {
  readonly evidence: Pick<EvidenceBucket, 'put' | 'readJson'>;
  readonly evaluations: Pick<EvaluationBucket, 'read' | 'output'>;
}

const OUTPUT_FILE = `${OUTPUT}evaluation.json`;

/**
 * Judges what a job answered, by the rows and the truth that only the judge has. Whatever is not
 * bound to this version, these rows and this policy is inconclusive.
 */
export const judgeEvaluation =
  (ports: Ports) =>
  async (subject: Subjected, pointer: EvidencePointer | null): Promise<Judgement> => {
    const judging = await judgingRows(ports.artifacts, subject);
    if (!judging.ok) return undecided(judging);
    const set = evaluationSet(
      subject.record.manifest.io,
      judging.value.evaluation,
      judging.value.table,
    );
    if (!set.ok) return undecided(set);
    if (!pointer) {
      return undecided(
        inconclusive('no job was planned, which the policy asks for; release again'),
      );
    }
    const bytes = await ports.evaluations.read(pointer);
    const plan = EvaluationPlan.parse(JSON.parse(new TextDecoder().decode(bytes)));
    const champion = plan.baseline && (await recordOf(ports, plan.baseline));
    const other = unlike(plan, subject, judging.value, champion);
    if (other) return undecided(inconclusive(other));

    const job = jobName(pointer.sha256);
    const left = await ports.evaluations.output(job, OUTPUT_FILE);
    if (!left) {
      const reason = `job ${job} left no ${OUTPUT_FILE}; see its log, then release again`;
      return undecided(inconclusive(reason));
    }
    const output = readOutput(left.text, pointer.sha256);
    if (!output.ok) return undecided(output);
    const candidate = answered(
      output.value.candidate,
      plan,
      plan.candidate,
      subject.record,
      judging.value,
    );
    if (!candidate.ok) return undecided(candidate);
    const measured =
      plan.baseline &&
      champion &&
      answered(output.value.baseline, plan, plan.baseline, champion, judging.value);
    const judgement = await performanceJudgement(ports, subject, {
      judging: judging.value,
      candidate: candidate.value,
      ...(plan.baseline && measured && { baseline: { version: plan.baseline.version, measured } }),
      latency: jobLatency(output.value.latency, {
        seed: seedOf(subject),
        compared: measured?.ok === true,
      }),
    });
    const { text: _, ...written } = left;
    const { image, instanceType } = subject.policy.evaluation;
    const evaluation = { job, image, instanceType, plan: pointer, output: written };
    return { ...judgement, evidence: { ...judgement.evidence, evaluation } };
  };

const recordOf = (
  { evidence }: Ports,
  { artifact, digest }: PlannedModel,
): Promise<ArtifactRecord> =>
  readArtifactRecord(evidence, { artifact, digest: parseDigest(digest) });

/** What of a plan is not about this version, by this policy, on these rows. */
function unlike(
  plan: EvaluationPlan,
  { release, record }: Subjected,
  { table }: Judging,
  champion: ArtifactRecord | undefined,
): string | undefined {
  const rows = sha256Hex(
    featureRows(table, [record.manifest, ...(champion ? [champion.manifest] : [])]),
  );
  const bound: readonly (readonly [what: string, got: unknown, expected: unknown])[] = [
    ['tenant', plan.tenant, release.tenant],
    ['model', plan.model, release.model],
    ['version', plan.candidate.version, release.version],
    ['digest', plan.candidate.digest, release.digest],
    ['policy', plan.policyHash, release.policyHash],
    ['rows', plan.rows.sha256, rows],
    ['number of rows', plan.rows.count, table.rows.length],
  ];
  const [what, got, expected] = bound.find(([, mine, theirs]) => mine !== theirs) ?? [];
  return what === undefined
    ? undefined
    : `the plan's ${what} is ${got}, expected ${expected}; release again`;
}

/** A model's answers, read and measured as those of the gate's own run are. */
function answered(
  found: EvaluationOutput['candidate'] | undefined,
  { rows }: EvaluationPlan,
  planned: PlannedModel,
  { manifest }: ArtifactRecord,
  { table, evaluation }: Judging,
): Measured<AnsweredModel> {
  const set = evaluationSet(manifest.io, evaluation, table);
  if (!set.ok) return set;
  const given = answersTo(found, planned, rows.count);
  if (!given.ok) return given;
  const { columns, peakMemoryMiB } = given.value;
  const predictions = readPredictions(set.value.plan, columns);
  const { truth } = set.value;
  return {
    ok: true,
    value: {
      set: set.value,
      answers: predictions.ok
        ? { ok: true, value: { truth, predictions: predictions.value } }
        : predictions,
      measurement: {
        quality: predictions.ok
          ? measureQuality(evaluation.task, truth, predictions.value)
          : predictions,
        peakMemoryMiB: { ok: true, value: peakMemoryMiB },
      },
    },
  };
}

const inconclusive = (reason: string) => ({ ok: false, verdict: 'inconclusive', reason }) as const;
