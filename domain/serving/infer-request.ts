import * as z from 'zod/mini';
import { DATATYPES, type InputSpec, type IoSchema } from '#domain/registry/io-schema.ts';
import { type Problem, readBy } from '#domain/registry/problem.ts';
import { shapeFits, type Tensor } from './tensor.ts';
import { parseData } from './tensor-data.ts';

const Parameters = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
export type Parameters = z.infer<typeof Parameters>;

const Body = z.strictObject({
  id: z.optional(z.string()),
  parameters: z.optional(Parameters),
  inputs: z.array(
    z.strictObject({
      name: z.string(),
      shape: z.array(z.int().check(z.minimum(1, { error: 'a size of 1 or more' }))),
      datatype: z.enum(DATATYPES),
      parameters: z.optional(Parameters),
      data: z.optional(z.unknown()),
    }),
  ),
  outputs: z.optional(
    z.array(z.strictObject({ name: z.string(), parameters: z.optional(Parameters) })),
  ),
});
type Body = z.infer<typeof Body>;

/** An inference request that the model's schema accepts. */
export interface InferRequest {
  readonly id: string | undefined;
  readonly parameters: Parameters;
  readonly inputs: readonly Tensor[];
  /** Names of the outputs to answer with, in the order asked for. */
  readonly outputs: readonly string[];
}

export type InferRequestResult =
  | { readonly ok: true; readonly request: InferRequest }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const REMEDY = 'correct the request body; GET the model for its inputs and outputs';

/** Reads the body of an Open Inference Protocol v2 `infer` request strictly. */
export function parseInferRequest(text: string, io: IoSchema): InferRequestResult {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return refused([
      {
        field: 'body',
        got: text === '' ? 'nothing' : 'text that is not JSON',
        expected: 'an Open Inference Protocol v2 request as JSON, which has no NaN or Infinity',
        remedy: 'send {"inputs": [{"name", "shape", "datatype", "data"}]}',
      },
    ]);
  }
  const parsed = readBy(Body, json, REMEDY);
  if (!parsed.ok) return parsed;
  const { value: body } = parsed;
  const problems = [...nameProblems(body, io), ...binaryProblems(body)];
  if (problems.length > 0) return refused(problems);

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
    const result = parseData(`${field}.data`, spec, shape, input.data);
    if (result.ok) inputs.push({ name, datatype, shape, data: result.data });
    else problems.push(result.problem);
  }
  if (problems.length > 0) return refused(problems);
  const asked = body.outputs ?? [];
  return {
    ok: true,
    request: {
      id: body.id,
      parameters: body.parameters ?? {},
      inputs,
      outputs: (asked.length > 0 ? asked : io.outputs).map(({ name }) => name),
    },
  };
}

const refused = (problems: readonly Problem[]): InferRequestResult => ({ ok: false, problems });

function typeProblem(
  field: string,
  { datatype, shape }: Body['inputs'][number],
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
      remedy: REMEDY,
    };
  }
  if (!shapeFits(shape, spec.shape)) {
    return {
      field: `${field}.shape`,
      got: `[${shape}]`,
      expected: `[${spec.shape}] for input "${spec.name}", -1 being any size`,
      remedy: REMEDY,
    };
  }
  return undefined;
}

/** Inputs and outputs that are missing, unknown or named twice. */
function nameProblems(body: Body, io: IoSchema): Problem[] {
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
        remedy: REMEDY,
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
        remedy: REMEDY,
      },
    ];
  });
}

const namesOf = (known: Named): string => known.map(({ name }) => `"${name}"`).join(' or ');

/** The binary tensor extension is not offered: a client that asks for it is told, not ignored. */
function binaryProblems({ parameters, inputs, outputs = [] }: Body): Problem[] {
  const problem = (field: string): Problem => ({
    field,
    got: 'a request for binary tensors',
    expected: 'tensors as JSON',
    remedy: 'switch binary data off in the client (binary_data=False)',
  });
  return [
    ...(parameters?.binary_data_output === true ? [problem('parameters.binary_data_output')] : []),
    ...inputs.flatMap((input, i) =>
      input.parameters?.binary_data_size === undefined
        ? []
        : [problem(`inputs[${i}].parameters.binary_data_size`)],
    ),
    ...outputs.flatMap((output, i) =>
      output.parameters?.binary_data === true
        ? [problem(`outputs[${i}].parameters.binary_data`)]
        : [],
    ),
  ];
}
