import { ArtifactBucket } from '#aws/artifact-bucket.ts';
import type { Judgement } from '#domain/gates/gate-result.ts';
import { judgeSchema, judgeUnreadable } from '#domain/gates/schema.ts';
import type { ArtifactRecord } from '#domain/registry/artifact.ts';
import { ioSchemaOf } from '#domain/registry/onnx/io-schema-of.ts';
import { OnnxError } from '#domain/registry/onnx/onnx-error.ts';
import { readOnnxMetadata } from '#domain/registry/onnx/read-onnx.ts';
import { env } from '../env.ts';
import { fileOf } from './artifact-file.ts';
import { gateEntry, type Judge } from './gate.ts';

/** Gate: what the manifest says the model takes and gives is what the artifact itself says. */
export const checkSchema =
  (artifacts: Pick<ArtifactBucket, 'readRange'>): Judge =>
  async ({ record }): Promise<Judgement> => {
    try {
      const read = await ioSchemaOfModel(artifacts, record);
      return { checks: judgeSchema(record.manifest.io, read), evidence: { read } };
    } catch (error) {
      if (error instanceof OnnxError)
        return { checks: [judgeUnreadable(error, record.manifest.entrypoint)] };
      throw error;
    }
  };

async function ioSchemaOfModel(
  artifacts: Pick<ArtifactBucket, 'readRange'>,
  record: ArtifactRecord,
) {
  const file = fileOf(record, record.manifest.entrypoint);
  return ioSchemaOf(
    await readOnnxMetadata({
      size: file.size,
      read: (offset, length) => artifacts.readRange(file, offset, length),
    }),
  );
}

export const handler = gateEntry('schema', () =>
  checkSchema(new ArtifactBucket(env('ARTIFACT_BUCKET'))),
);
