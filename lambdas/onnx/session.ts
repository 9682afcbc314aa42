import type { InferenceSession as OrtSession } from 'onnxruntime-node';
import type { Feed } from '#domain/gates/feed.ts';
import type { Measured } from '#domain/gates/performance/measured.ts';
import type { OutputColumn } from '#domain/gates/performance/predictions.ts';
import { InferenceSession } from './runtime.ts';
import { columnOf, tensorsOf } from './tensor.ts';

/** An opened model. */
export interface OnnxSession {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /**
   * Runs one batch and reads the wanted outputs.
   * @throws Error when ONNX Runtime refuses the feeds or the graph fails
   */
  run(feeds: readonly Feed[], wanted: readonly string[]): Promise<readonly OutputColumn[]>;
  /** A call for measuring its time: tensors are made beforehand and answers are not read. */
  prepare(feeds: readonly Feed[], wanted: readonly string[]): () => Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a model on the CPU. One thread unless told otherwise: measurements then depend on the
 * model and not on how many cores the machine has to spare.
 */
export async function openSession(path: string, threads = 1): Promise<Measured<OnnxSession>> {
  try {
    const session = await InferenceSession.create(path, {
      executionProviders: ['cpu'],
      executionMode: 'sequential',
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: 4,
    });
    return { ok: true, value: wrap(session) };
  } catch (error) {
    return { ok: false, verdict: 'fail', reason: refusal('does not open', error) };
  }
}

/** What ONNX Runtime said, with the remedy. */
export const refusal = (what: string, error: unknown): string =>
  `the model ${what}: ${error instanceof Error ? error.message : String(error)}; export it again and try it with ONNX Runtime before uploading`;

const wrap = (session: OrtSession): OnnxSession => ({
  inputs: session.inputNames,
  outputs: session.outputNames,
  async run(feeds, wanted) {
    const rows = rowsOf(feeds);
    const answers = await session.run(tensorsOf(feeds), [...wanted]);
    return wanted.map((name) => {
      const tensor = answers[name];
      const column = tensor && columnOf(name, tensor, rows);
      if (column) return column;
      const got = tensor ? `shape [${tensor.dims.join(', ')}]` : 'nothing';
      throw new Error(`output ${name} gave ${got} for ${rows} rows; expected one entry a row`);
    });
  },
  prepare(feeds, wanted) {
    const tensors = tensorsOf(feeds);
    const names = [...wanted];
    return async () => {
      await session.run(tensors, names);
    };
  },
  close: () => session.release(),
});

const rowsOf = ([feed]: readonly Feed[]): number => (feed ? feed.data.length / feed.width : 0);
