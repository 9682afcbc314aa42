import type { EvaluationPolicy } from '#domain/gates/evaluation/policy.ts';
import type { PinnedFile } from '#domain/registry/artifact.ts';

/** Where a job leaves what it found. */
export const OUTPUT = 'output/';

/** Where a container finds its inputs and leaves its output: docs/evaluation-container.md. */
const LOCAL = '/opt/ml/processing';

interface Planned {
  readonly name: string;
  readonly roleArn: string;
  readonly policy: EvaluationPolicy;
  /** `candidate`, and `baseline` where there is one. */
  readonly models: readonly string[];
  /** Of what lies at a path of the job. */
  readonly uri: (path: string) => string;
  readonly tags: Readonly<Record<string, string>>;
}

/** The parameters of SageMaker's CreateProcessingJob, but for the network, which the state denies. */
export const processingJob = ({ name, roleArn, policy, models, uri, tags }: Planned) => ({
  ProcessingJobName: name,
  AppSpecification: { ImageUri: policy.image },
  ProcessingInputs: [
    input('plan', uri('input/'), 'S3Prefix'),
    ...models.map((model) => input(model, uri(`files/${model}.json`), 'ManifestFile')),
  ],
  ProcessingOutputConfig: {
    Outputs: [
      {
        OutputName: 'evaluation',
        S3Output: { S3Uri: uri(OUTPUT), LocalPath: `${LOCAL}/output`, S3UploadMode: 'EndOfJob' },
      },
    ],
  },
  ProcessingResources: {
    // One: both models must meet the same machine for their times to compare.
    ClusterConfig: {
      InstanceCount: 1,
      InstanceType: policy.instanceType,
      VolumeSizeInGB: policy.volumeGiB,
    },
  },
  StoppingCondition: { MaxRuntimeInSeconds: policy.maxRuntimeSeconds },
  RoleArn: roleArn,
  Tags: Object.entries(tags).map(([Key, Value]) => ({ Key: `assay:${Key}`, Value })),
});
export type ProcessingJob = ReturnType<typeof processingJob>;

const input = (name: string, uri: string, type: 'S3Prefix' | 'ManifestFile') => ({
  InputName: name,
  S3Input: {
    S3Uri: uri,
    LocalPath: `${LOCAL}/input/${name}`,
    S3DataType: type,
    S3InputMode: 'File',
    S3DataDistributionType: 'FullyReplicated',
    S3CompressionType: 'None',
  },
});

/**
 * The S3 manifest of a model's files: those that judge or train it stay behind. S3 manifests name
 * no versions, so the container compares every file with the plan.
 * @throws Error when the files do not lie under one prefix by their own paths.
 */
export function fileList(bucket: string, files: readonly PinnedFile[]): Uint8Array {
  const [prefix, ...others] = [
    ...new Set(files.map(({ key, path }) => key.slice(0, key.length - path.length))),
  ];
  const astray = files.find(({ key, path }) => !key.endsWith(path));
  if (prefix === undefined || others.length > 0 || astray) {
    throw new Error(`files of an artifact lie under ${prefix}, ${others}; expected one prefix`);
  }
  const list = [{ prefix: `s3://${bucket}/${prefix}` }, ...files.map(({ path }) => path)];
  return new TextEncoder().encode(JSON.stringify(list));
}
