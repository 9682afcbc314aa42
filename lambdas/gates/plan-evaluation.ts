import * as z from 'zod/mini';
import { ArtifactBucket } from '#aws/artifact-bucket.ts';
import { EvaluationBucket } from '#aws/evaluation-bucket.ts';
import { EvidenceBucket } from '#aws/evidence-bucket.ts';
import { ModelRegistry } from '#aws/model-registry.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import {
  type EvaluationPlan,
  encodePlan,
  featureRows,
  jobName,
  type PlannedModel,
} from '#domain/gates/evaluation/plan.ts';
import { evaluationSet } from '#domain/gates/evaluation-set.ts';
import { planOutputs, wantedOutputs } from '#domain/gates/performance/output-roles.ts';
import { Policy } from '#domain/gates/policy.ts';
import type { ArtifactRecord, EvidencePointer } from '#domain/registry/artifact.ts';
import { sha256Hex } from '#domain/registry/digest.ts';
import { policyDocumentKey } from '#domain/registry/evidence-key.ts';
import { ReleaseRef } from '#domain/registry/release-ref.ts';
import { readArtifactRecord } from '../artifact-record.ts';
import { entry } from '../entry.ts';
import { env, optionalEnv } from '../env.ts';
import { type ChampionPorts, championOf } from './champion.ts';
import { judgingRows } from './judging-rows.ts';
import { modelFiles } from './model-files.ts';
import { fileList, type ProcessingJob, processingJob } from './processing-job.ts';

interface Ports extends ChampionPorts {
  readonly artifacts: Pick<ArtifactBucket, 'read' | 'name'>;
  readonly evaluations: Pick<EvaluationBucket, 'put' | 'uri'>;
  /** Undefined where the deployment has no jobs. */
  readonly roleArn: string | undefined;
}

const Input = z.strictObject({ release: ReleaseRef });

/** `plan` and `job` are null where there is nothing for a job to do. */
export interface PlannedEvaluation {
  readonly backend: 'lambda' | 'sagemaker';
  readonly plan: EvidencePointer | null;
  readonly job: ProcessingJob | null;
}

/** By the gate's function: it measures, or says why nothing can be. */
const HERE: PlannedEvaluation = { backend: 'lambda', plan: null, job: null };

/** Says where the policy has a version evaluated, and lays out for a job what it is to answer. */
export const planEvaluation =
  (ports: Ports) =>
  async ({ release }: z.infer<typeof Input>): Promise<PlannedEvaluation> => {
    const { evidence, evaluations, artifacts, roleArn } = ports;
    const { tenant, model, version, policyHash: sha256 } = release;
    const document = await evidence.readJson({ key: policyDocumentKey(tenant, sha256), sha256 });
    const policy = Policy.parse(document);
    if (policy.evaluation.backend === 'lambda') return HERE;
    if (!roleArn) {
      throw new Error(
        'the policy asks for evaluation by SageMaker, which this deployment has not; set evaluation.repository and deploy, or set evaluation.backend of the policy to "lambda"',
      );
    }
    const record = await readArtifactRecord(evidence, release);
    const judging = await judgingRows(artifacts, { record, policy });
    if (!judging.ok) return HERE;
    const { table, evaluation } = judging.value;
    if (!evaluationSet(record.manifest.io, evaluation, table).ok) return HERE;

    const champion = await championOf(ports, release);
    const records = champion ? [record, champion.record] : [record];
    const rows = featureRows(
      table,
      records.map(({ manifest }) => manifest),
    );
    const plan: EvaluationPlan = {
      schema: 'assay.evaluation-plan/v1',
      tenant,
      model,
      policyHash: sha256,
      rows: { sha256: sha256Hex(rows), count: table.rows.length },
      candidate: planned(record, evaluation.task, release),
      ...(champion && { baseline: planned(champion.record, evaluation.task, champion) }),
    };
    const encoded = encodePlan(plan);
    const name = jobName(encoded.sha256);
    await evaluations.put(name, 'input/rows.csv', rows);
    const lists = champion
      ? { candidate: record, baseline: champion.record }
      : { candidate: record };
    for (const [role, of] of Object.entries(lists)) {
      await evaluations.put(name, `files/${role}.json`, fileList(artifacts.name, modelFiles(of)));
    }
    // Last: a plan that is there has everything that it speaks of.
    const pointer = await evaluations.put(name, 'input/plan.json', encoded.bytes);
    const job = processingJob({
      name,
      roleArn,
      policy: policy.evaluation,
      models: Object.keys(lists),
      uri: (path) => evaluations.uri(name, path),
      tags: { tenant, model, version },
    });
    return { backend: 'sagemaker', plan: pointer, job };
  };

function planned(
  record: ArtifactRecord,
  task: Parameters<typeof planOutputs>[1],
  { version, artifact }: { readonly version: string; readonly artifact: EvidencePointer },
): PlannedModel {
  const { manifest, digest } = record;
  const plan = planOutputs(manifest.io, task);
  return {
    version,
    digest,
    artifact,
    format: manifest.format,
    entrypoint: manifest.entrypoint,
    files: modelFiles(record).map(({ path, sha256, size }) => ({ path, sha256, size })),
    io: manifest.io,
    outputs: plan.ok ? [...wantedOutputs(plan.value)] : [],
  };
}

export const handler = entry(Input, () =>
  planEvaluation({
    artifacts: new ArtifactBucket(env('ARTIFACT_BUCKET')),
    evidence: new EvidenceBucket(env('EVIDENCE_BUCKET')),
    registry: new ModelRegistry(new RegistryTable(env('REGISTRY_TABLE'))),
    evaluations: new EvaluationBucket(env('DATA_BUCKET')),
    roleArn: optionalEnv('EVALUATION_ROLE_ARN'),
  }),
);
