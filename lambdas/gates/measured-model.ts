import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArtifactBucket } from '#aws/artifact-bucket.ts';
import { type EvaluationSet, evaluationSet } from '#domain/gates/evaluation-set.ts';
import type { ModelMeasurement } from '#domain/gates/performance/judge.ts';
import type { Measured } from '#domain/gates/performance/measured.ts';
import { wantedOutputs } from '#domain/gates/performance/output-roles.ts';
import { readPredictions } from '#domain/gates/performance/predictions.ts';
import { measureQuality } from '#domain/gates/performance/quality.ts';
import type { Answers } from '#domain/gates/performance/slice-quality.ts';
import type { Table } from '#domain/gates/table.ts';
import type { ArtifactRecord } from '#domain/registry/artifact.ts';
import type { Evaluation } from '#domain/registry/manifest.ts';
import { libraryPath } from '../env.ts';
import { fetchFiles } from '../fetch-files.ts';
import { batchOf } from '../onnx/batch.ts';
import { evaluate } from '../onnx/evaluate.ts';
import type { TimedModel } from '../onnx/measure-latency.ts';
import { peakMemory } from '../onnx/peak-memory.ts';
import { type OnnxSession, openSession } from '../onnx/session.ts';
import { singleRowCall } from '../onnx/single-row.ts';
import { modelFiles } from './model-files.ts';

/** Rows of the batch that memory is measured on. */
const MEMORY_ROWS = 256;

export interface MeasuringPorts {
  readonly artifacts: Pick<ArtifactBucket, 'open'>;
  /** The bundled process that measures memory. */
  readonly childPath: string;
}

export interface Judging {
  readonly table: Table;
  readonly evaluation: Evaluation;
}

/** A model with its quality and memory measured, open for timing. */
export interface MeasuredModel {
  readonly measurement: ModelMeasurement;
  /** The judging rows as this model takes them. */
  readonly set: EvaluationSet;
  readonly answers: Measured<Answers>;
  readonly timed: TimedModel;
  close(): Promise<void>;
}

/**
 * Opens a version and measures it on the judging rows. Memory first, in a process of its own:
 * a model that hangs or grows without end takes only that process with it.
 */
export async function measureModel(
  ports: MeasuringPorts,
  name: string,
  record: ArtifactRecord,
  { table, evaluation }: Judging,
  directory: string,
): Promise<Measured<MeasuredModel>> {
  const set = evaluationSet(record.manifest.io, evaluation, table);
  if (!set.ok) return set;
  await mkdir(directory, { recursive: true });
  const [mismatch] = await fetchFiles(ports.artifacts, modelFiles(record), directory);
  if (mismatch) {
    const { path, got, expected } = mismatch;
    const reason = `${path} of ${name} changed since registration: got ${got}, expected ${expected}; upload the files again under a new version`;
    return { ok: false, verdict: 'fail', reason };
  }
  const path = join(directory, record.manifest.entrypoint);
  const peakMemoryMiB = await memoryOf(path, set.value, ports.childPath);
  const session = await openSession(path);
  if (!session.ok) return session;
  const answers = await answersOf(session.value, set.value);
  return {
    ok: true,
    value: {
      measurement: {
        quality: answers.ok
          ? measureQuality(evaluation.task, answers.value.truth, answers.value.predictions)
          : answers,
        peakMemoryMiB,
      },
      set: set.value,
      answers,
      timed: { name, run: singleRowCall(session.value, set.value) },
      close: () => session.value.close(),
    },
  };
}

const memoryOf = (path: string, set: EvaluationSet, childPath: string): Promise<Measured<number>> =>
  peakMemory(
    path,
    batchOf(set.feeds, 0, Math.min(MEMORY_ROWS, set.rows), set.fixedBatch),
    wantedOutputs(set.plan),
    { childPath, env: libraryPath() },
  );

async function answersOf(session: OnnxSession, set: EvaluationSet): Promise<Measured<Answers>> {
  const answers = await evaluate(session, set);
  const read = answers.ok ? readPredictions(set.plan, answers.value) : answers;
  return read.ok ? { ok: true, value: { truth: set.truth, predictions: read.value } } : read;
}
