import type { Problem } from '#domain/registry/problem.ts';
import type { InferBody, Parameters } from './infer-body.ts';
import { shown } from './shown.ts';

const HOW =
  'send binary tensors after the JSON in the order of "inputs", each as long as its binary_data_size, and the length of the JSON as Inference-Header-Content-Length';

export type PartsResult =
  /** In the order of the inputs; undefined for those that are JSON. */
  | { readonly ok: true; readonly parts: readonly (Uint8Array | undefined)[] }
  | { readonly ok: false; readonly problem: Problem };

/** Shares the bytes after the JSON out between the inputs: each one's, to the last byte. */
export function binaryParts(inputs: InferBody['inputs'], binary: Uint8Array): PartsResult {
  const refuse = (field: string, got: string, expected: string): PartsResult => ({
    ok: false,
    problem: { field, got, expected, remedy: HOW },
  });
  const parts: (Uint8Array | undefined)[] = [];
  let at = 0;
  for (const [i, { parameters, data }] of inputs.entries()) {
    const size = parameters?.binary_data_size;
    if (size === undefined) {
      parts.push(undefined);
      continue;
    }
    const field = `inputs[${i}].parameters.binary_data_size`;
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
      return refuse(field, shown(size), 'a number of bytes');
    }
    if (data !== undefined) {
      return refuse(`inputs[${i}].data`, shown(data), 'no data beside binary_data_size');
    }
    const left = binary.length - at;
    if (size > left) {
      return refuse(field, `${size}`, `at most ${left}, the bytes that are left after the JSON`);
    }
    parts.push(binary.subarray(at, at + size));
    at += size;
  }
  const extra = binary.length - at;
  if (extra === 0) return { ok: true, parts };
  return refuse('body', `${extra} bytes that belong to no input`, `${at} after the JSON`);
}

/** Names among `asked` to be answered as binary; each output's own wish goes first. */
export const binaryOutputs = (
  { parameters, outputs = [] }: InferBody,
  asked: readonly string[],
): ReadonlySet<string> => {
  const own = new Map(outputs.map((output) => [output.name, output.parameters?.binary_data]));
  const rest = parameters?.binary_data_output ?? false;
  return new Set(asked.filter((name) => own.get(name) ?? rest));
};

/** Wishes that would be passed over in silence otherwise. */
export function wishProblems({ parameters, inputs, outputs = [] }: InferBody): Problem[] {
  return [
    ...notBoolean('parameters.binary_data_output', parameters?.binary_data_output),
    ...inputs.flatMap((input, i) => unoffered(`inputs[${i}]`, input.parameters)),
    ...outputs.flatMap((output, i) => [
      ...notBoolean(`outputs[${i}].parameters.binary_data`, output.parameters?.binary_data),
      ...unoffered(`outputs[${i}]`, output.parameters),
    ]),
  ];
}

const notBoolean = (field: string, value: Parameters[string] | undefined): Problem[] =>
  value === undefined || typeof value === 'boolean'
    ? []
    : [{ field, got: shown(value), expected: 'true or false', remedy: 'correct it' }];

/** Extensions of Triton's that change what a tensor is. */
const UNOFFERED = ['shared_memory_region', 'classification'];

const unoffered = (field: string, parameters: Parameters = {}): Problem[] =>
  UNOFFERED.filter((name) => Object.hasOwn(parameters, name)).map((name) => ({
    field: `${field}.parameters.${name}`,
    got: 'an extension that is not offered',
    expected: 'tensors as JSON or as binary data',
    remedy: 'switch it off in the client; GET /v2 names the extensions',
  }));
