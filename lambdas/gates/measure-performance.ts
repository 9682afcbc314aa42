import { join } from 'node:path';
import * as z from 'zod/mini';
import { ArtifactBucket } from '#aws/artifact-bucket.ts';
import { EvaluationBucket } from '#aws/evaluation-bucket.ts';
import { EvidenceBucket } from '#aws/evidence-bucket.ts';
import { GateResults } from '#aws/gate-results.ts';
import { ModelRegistry } from '#aws/model-registry.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import type { Judgement } from '#domain/gates/gate-result.ts';
import { judgeLatency, type Latency } from '#domain/gates/performance/judge-latency.ts';
import type { PerformancePolicy } from '#domain/gates/performance/policy.ts';
import { EvidencePointer } from '#domain/registry/artifact.ts';
import { ReleaseRef } from '#domain/registry/release-ref.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';
import { measureLatency } from '../onnx/measure-latency.ts';
import { withScratchDirectory } from '../scratch-directory.ts';
import { type ChampionPorts, championOf } from './champion.ts';
import { type Judge, runGate } from './gate.ts';
import { judgeEvaluation } from './judge-evaluation.ts';
import { judgingRows } from './judging-rows.ts';
import { type MeasuringPorts, measureModel } from './measured-model.ts';
import {
  type JudgementPorts,
  performanceJudgement,
  seedOf,
  undecided,
} from './performance-judgement.ts';

type Ports = MeasuringPorts & ChampionPorts & JudgementPorts;

const Input = z.strictObject({
  release: ReleaseRef,
  /** What a job was given, where the policy has it evaluate the version. */
  plan: z.nullable(EvidencePointer),
});

/**
 * Gate: how good, calibrated, fast and large the version is, on the rows that judge its model,
 * beside the version in production, in the same run on the same machine.
 */
export const measurePerformance =
  (ports: Ports): Judge =>
  async (subject): Promise<Judgement> => {
    const judging = await judgingRows(ports.artifacts, subject);
    if (!judging.ok) return undecided(judging);
    const champion = await championOf(ports, subject.release);
    return withScratchDirectory(async (directory) => {
      const candidate = await measureModel(
        ports,
        'the candidate',
        subject.record,
        judging.value,
        join(directory, 'candidate'),
      );
      if (!candidate.ok) return undecided(candidate);
      const baseline =
        champion &&
        (await measureModel(
          ports,
          'the production version',
          champion.record,
          judging.value,
          join(directory, 'baseline'),
        ));
      const opponent = baseline?.ok ? baseline.value : undefined;
      try {
        return await performanceJudgement(ports, subject, {
          judging: judging.value,
          candidate: candidate.value,
          ...(champion &&
            baseline && { baseline: { version: champion.version, measured: baseline } }),
          latency: await measureLatency([candidate.value.timed, opponent?.timed], {
            seed: seedOf(subject),
            decided: decides(baseline === undefined, subject.policy.performance),
          }),
        });
      } finally {
        await candidate.value.close();
        await opponent?.close();
      }
    });
  };

const decides =
  (first: boolean, policy: PerformancePolicy) =>
  (value: Latency): boolean =>
    judgeLatency({ ok: true, value }, first, policy).verdict !== 'inconclusive';

export const handler = entry(Input, () => {
  const evidence = new EvidenceBucket(env('EVIDENCE_BUCKET'));
  const table = new RegistryTable(env('REGISTRY_TABLE'));
  const ports = {
    artifacts: new ArtifactBucket(env('ARTIFACT_BUCKET')),
    evidence,
    registry: new ModelRegistry(table),
    // Bundled beside the function's own file.
    childPath: new URL('./peak-memory-child.mjs', import.meta.url).pathname,
  };
  const evaluations = new EvaluationBucket(env('DATA_BUCKET'));
  const results = new GateResults(table);
  return ({ release, plan }: z.infer<typeof Input>) => {
    const judge: Judge = (subject) =>
      subject.policy.evaluation.backend === 'sagemaker'
        ? judgeEvaluation({ ...ports, evaluations })(subject, plan)
        : measurePerformance(ports)(subject);
    return runGate('performance', judge, { evidence, results })({ release });
  };
});
