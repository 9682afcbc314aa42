import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { TensorData } from '#domain/gates/feed.ts';
import type { Datatype } from '#domain/registry/io-schema.ts';
import type { Tensor } from '#domain/serving/tensor.ts';
import { InferenceSession, Tensor as RuntimeTensor } from '../onnx/runtime.ts';
import { ORT_TYPES } from '../onnx/types.ts';

/** An opened model that answers in tensors as they are: any shape, all 64 bits. */
export interface ModelSession {
  /** @throws Error when ONNX Runtime refuses the inputs or the graph fails. */
  run(inputs: readonly Tensor[], outputs: readonly string[]): Promise<Ran>;
  close(): Promise<void>;
}

export interface Ran {
  readonly outputs: ReadonlyMap<string, Tensor>;
  /** Milliseconds of the graph alone; undefined while the session warms up. */
  readonly ms: number | undefined;
}

/** First runs allocate what later ones reuse: their time tells nothing of the model. */
const WARM_UP_RUNS = 3;

const DATATYPES = new Map<string, Datatype>(
  Object.entries(ORT_TYPES).map(([datatype, type]) => [type, datatype as Datatype]),
);

/** One thread, as its latency was measured with. @throws Error when ONNX Runtime refuses the file. */
export async function openModel(path: string): Promise<ModelSession> {
  const session = await InferenceSession.create(path, {
    executionProviders: ['cpu'],
    executionMode: 'sequential',
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  });
  const known = new Set(session.outputNames);
  let runs = 0;
  return {
    async run(inputs, outputs) {
      const feeds = Object.fromEntries(inputs.map((input) => [input.name, ortTensor(input)]));
      const given = outputs.filter((name) => known.has(name));
      // ONNX Runtime does not run for nothing.
      if (given.length === 0) return { outputs: new Map(), ms: undefined };
      const startedAt = performance.now();
      const answers = await session.run(feeds, given);
      const ms = performance.now() - startedAt;
      runs += 1;
      return {
        outputs: new Map(
          Object.entries(answers).map(([name, answer]) => [name, plainTensor(name, answer)]),
        ),
        ms: runs > WARM_UP_RUNS ? ms : undefined,
      };
    },
    close: () => session.release(),
  };
}

function ortTensor({ name, datatype, shape, data }: Tensor): OrtTensor {
  if (datatype === 'BF16') throw new TypeError(`input ${name} is BF16, which has no tensor here`);
  // Its constructor has one overload for each type; a Node with Float16Array wants that.
  const values = datatype === 'FP16' ? halfArray(data as Uint16Array) : data;
  return new RuntimeTensor(ORT_TYPES[datatype], values as Float32Array, shape);
}

function plainTensor(name: string, { type, dims, data }: OrtTensor): Tensor {
  const datatype = DATATYPES.get(type);
  if (!datatype) throw new TypeError(`output ${name} has type ${type}, which has no datatype`);
  const plain = datatype === 'FP16' ? halfBits(data as unknown as Uint16Array) : data;
  return { name, datatype, shape: dims, data: plain as TensorData };
}

function halfArray(bits: Uint16Array): unknown {
  const { Float16Array: Half } = globalThis as { Float16Array?: typeof Uint16Array };
  return Half ? new Half(bits.buffer, bits.byteOffset, bits.length) : bits;
}

const halfBits = ({ buffer, byteOffset, length }: Uint16Array): Uint16Array =>
  new Uint16Array(buffer, byteOffset, length);
