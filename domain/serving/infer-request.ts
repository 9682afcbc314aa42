import type { InputSpec, IoSchema } from '#domain/registry/io-schema.ts';
import type { Problem } from '#domain/registry/problem.ts';
import { readBinary } from './binary-data.ts';
import { binaryOutputs, binaryParts, wishProblems } from './binary-parameters.ts';
import { BODY_REMEDY, type InferBody, type Parameters, readInferBody } from './infer-body.ts';
import { elementCount, shapeFits, type Tensor } from './tensor.ts';
import { parseData } from './tensor-data.ts';

/** An inference request that the model's schema accepts. */
export interface InferRequest {
  readonly id: string | undefined;
  readonly parameters: Parameters;
  readonly inputs: readonly Tensor[];
  /** Names of the outputs to answer with, in the order asked for. */
  readonly outputs: readonly string[];
  /** Those of them to be answered as binary data. */
  readonly binaryOutputs: ReadonlySet<string>;
}

export type InferRequestResult =
  | { readonly ok: true; readonly request: InferRequest }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** A request carries 4 MiB and an element takes a byte at least; so much may a shape claim. */
const MOST_ELEMENTS = 4 * 1024 * 1024;

/**
 * Reads the body of an Open Inference Protocol v2 `infer` request strictly.
 * @param text its JSON.
 * @param binary what comes after the JSON, by the binary tensor data extension.
 */
export function parseInferRequest(
  text: string,
  io: IoSchema,
  binary: Uint8Array = new Uint8Array(),
): InferRequestResult {
  const body = readInferBody(text);
  return body.ok ? checkInferRequest(body.value, io, binary) : body;
}

/** Checks a body that was read against the schema of one version; several may be asked about it. */
export function checkInferRequest(
  body: InferBody,
  io: IoSchema,
  binary: Uint8Array = new Uint8Array(),
): InferRequestResult {
  const problems = [...nameProblems(body, io), ...wishProblems(body)];
  if (problems.length > 0) return refused(problems);
  const split = binaryParts(body.inputs, binary);
  if (!split.ok) return refused([split.problem]);

  const inputs: Tensor[] = [];
  for (const [i, input] of body.inputs.entries()) {
    const spec = io.inputs.find(({ name }) => name === input.name);
    if (!spec) continue;
    const field = `inputs[${i}]`;
    const mistyped = typeProblem(field, input, spec);
    if (mistyped) {
      problems.push(mistyped);
      continue;
    }
    const { name, datatype, shape } = input;
    const bytes = split.parts[i];
    const result = bytes
      ? readBinary(`${field}.data`, datatype, shape, bytes)
      : parseData(`${field}.data`, spec, shape, input.data);
    if (result.ok) inputs.push({ name, datatype, shape, data: result.data });
    else problems.push(result.problem);
  }
  if (problems.length > 0) return refused(problems);
  const asked = body.outputs ?? [];
  const outputs = (asked.length > 0 ? asked : io.outputs).map(({ name }) => name);
  return {
    ok: true,
    request: {
      id: body.id,
      parameters: body.parameters ?? {},
      inputs,
      outputs,
      binaryOutputs: binaryOutputs(body, outputs),
    },
  };
}

const refused = (problems: readonly Problem[]): InferRequestResult => ({ ok: false, problems });

function typeProblem(
  field: string,
  { datatype, shape }: InferBody['inputs'][number],
  spec: InputSpec,
): Problem | undefined {
  // ONNX Runtime's Node binding drops such an input without a word and answers by the default.
  if (spec.optional) {
    return {
      field: `${field}.name`,
      got: `"${spec.name}", which has a default in the model`,
      expected: 'inputs without a default: this runtime cannot replace one',
      remedy: 'leave it out',
    };
  }
  if (datatype !== spec.datatype) {
    return {
      field: `${field}.datatype`,
      got: datatype,
      expected: `${spec.datatype} for input "${spec.name}"`,
      remedy: BODY_REMEDY,
    };
  }
  if (!shapeFits(shape, spec.shape)) {
    return {
      field: `${field}.shape`,
      got: `[${shape}]`,
      expected: `[${spec.shape}] for input "${spec.name}", -1 being any size`,
      remedy: BODY_REMEDY,
    };
  }
  if (shape[0] === 0 && spec.shape[0] !== 0) {
    return {
      field: `${field}.shape`,
      got: `[${shape}], an empty batch`,
      expected: 'a batch of 1 or more; other sizes may be 0 where they are dynamic',
      remedy: 'ask only when there is something to ask',
    };
  }
  const claimed = elementCount(shape.filter((size) => size > 0));
  if (shape.includes(0) && claimed > MOST_ELEMENTS) {
    return {
      field: `${field}.shape`,
      got: `[${shape}]`,
      expected: `sizes whose product, leaving out 0, is at most ${MOST_ELEMENTS}`,
      remedy: BODY_REMEDY,
    };
  }
  return undefined;
}

/** Inputs and outputs that are missing, unknown or named twice. */
function nameProblems(body: InferBody, io: IoSchema): Problem[] {
  const required = io.inputs.filter(({ optional }) => !optional);
  const given = new Set(body.inputs.map(({ name }) => name));
  return [
    ...strangers('inputs', body.inputs, io.inputs),
    ...required
      .filter(({ name }) => !given.has(name))
      .map(({ name, datatype, shape }) => ({
        field: 'inputs',
        got: `no input "${name}"`,
        expected: `"${name}" with datatype ${datatype} and shape [${shape}]`,
        remedy: BODY_REMEDY,
      })),
    ...strangers('outputs', body.outputs ?? [], io.outputs),
  ];
}

type Named = readonly { readonly name: string }[];

function strangers(field: string, given: Named, known: Named): Problem[] {
  const seen = new Set<string>();
  return given.flatMap(({ name }, i) => {
    const again = seen.has(name);
    seen.add(name);
    if (!again && known.some((one) => one.name === name)) return [];
    return [
      {
        field: `${field}[${i}].name`,
        got: again ? `"${name}" a second time` : `"${name}"`,
        expected: again ? 'each name once' : namesOf(known),
        remedy: BODY_REMEDY,
      },
    ];
  });
}

const namesOf = (known: Named): string => known.map(({ name }) => `"${name}"`).join(' or ');
