import { fromHalf } from '#domain/gates/half.ts';
import type { OutputSpec } from '#domain/registry/io-schema.ts';
import type { Problem } from '#domain/registry/problem.ts';
import type { Parameters } from './infer-body.ts';
import { isFiniteHalf, shapeFits, type Tensor } from './tensor.ts';

const REMEDY = 'ask the owner of the model: this version does not do what its manifest declares';

/** What is wrong with a model's output: it must be what the schema declares, and finite. */
export function outputProblem(spec: OutputSpec, output: Tensor | undefined): Problem | undefined {
  const field = `outputs.${spec.name}`;
  const problem = (got: string, expected: string): Problem => ({
    field,
    got,
    expected,
    remedy: REMEDY,
  });
  if (!output) return problem('no such output from the model', spec.datatype);
  if (output.datatype !== spec.datatype) {
    return problem(`datatype ${output.datatype}`, spec.datatype);
  }
  if (!shapeFits(output.shape, spec.shape)) {
    return problem(`shape [${output.shape}]`, `[${spec.shape}], -1 being any size`);
  }
  const at = firstNotFinite(output);
  return at === undefined ? undefined : problem(`NaN or Infinity at [${at}]`, 'finite numbers');
}

function firstNotFinite({ datatype, data }: Tensor): number | undefined {
  const finite =
    datatype === 'FP16'
      ? isFiniteHalf
      : datatype === 'FP32' || datatype === 'FP64'
        ? Number.isFinite
        : undefined;
  if (!finite) return undefined;
  for (let i = 0; i < data.length; i++) if (!finite(data[i] as number)) return i;
  return undefined;
}

export interface InferResponse {
  readonly modelName: string;
  readonly modelVersion: string;
  readonly id: string | undefined;
  readonly parameters: Parameters;
  readonly outputs: readonly Tensor[];
  /** By name, the bytes of those outputs that follow the JSON, in the order of `outputs`. */
  readonly binary?: ReadonlyMap<string, Uint8Array>;
}

/**
 * An Open Inference Protocol v2 answer as JSON text. 64-bit integers are written digit by digit,
 * as JSON allows and `JSON.stringify` does not; values must be finite (`outputProblem`).
 */
export function inferResponseText(response: InferResponse): string {
  const { modelName, modelVersion, id, parameters, outputs, binary } = response;
  const head = JSON.stringify({
    model_name: modelName,
    model_version: modelVersion,
    ...(id !== undefined && { id }),
    ...(Object.keys(parameters).length > 0 && { parameters }),
  });
  const texts = outputs.map((output) => {
    const bytes = binary?.get(output.name);
    return bytes ? binaryText(output, bytes.length) : tensorText(output);
  });
  return `${head.slice(0, -1)},"outputs":[${texts.join()}]}`;
}

const binaryText = ({ name, datatype, shape }: Tensor, size: number): string =>
  JSON.stringify({ name, datatype, shape, parameters: { binary_data_size: size } });

/** A tensor of a request or an answer as JSON text; its values must be finite. */
export function tensorText({ name, datatype, shape, data }: Tensor): string {
  const head = JSON.stringify({ name, datatype, shape });
  return `${head.slice(0, -1)},"data":[${elementsText({ datatype, data })}]}`;
}

function elementsText({ datatype, data }: Pick<Tensor, 'datatype' | 'data'>): string {
  switch (datatype) {
    case 'BYTES':
      return Array.from(data as string[], (text) => JSON.stringify(text)).join();
    case 'BOOL':
      return Array.from(data as Uint8Array, (bit) => bit !== 0).join();
    case 'FP16':
      return Array.from(data as Uint16Array, fromHalf).join();
    default:
      return data.join();
  }
}
