import type { InputSpec, IoSchema, OutputSpec } from '#domain/registry/io-schema.ts';
import type { Json } from './verdict.ts';

/** A tensor of the Open Inference Protocol v2, its data flat in row-major order. */
export interface ExampleTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly datatype: string;
  readonly data: readonly (number | string | boolean)[];
}

/** Values one example may hold; a larger one helps nobody, and a shape may claim any number. */
const MOST_VALUES = 1_000_000;

/**
 * A body of `POST /v2/models/{model}/infer` that a model of this schema accepts: its required
 * inputs with one row each, of values within their domains. Undefined when it would hold more
 * than a million values.
 */
export function exampleRequest(
  io: IoSchema,
): { readonly inputs: readonly ExampleTensor[] } | undefined {
  const required = io.inputs.filter(({ optional }) => !optional);
  const inputs = (required.length > 0 ? required : io.inputs).map((input) => ({
    input,
    shape: oneRow(input),
  }));
  const total = inputs.reduce((sum, { shape }) => sum + valuesIn(shape), 0);
  if (total > MOST_VALUES) return undefined;
  return {
    inputs: inputs.map(({ input, shape }) => ({
      name: input.name,
      shape,
      datatype: input.datatype,
      data: Array.from({ length: valuesIn(shape) }, () => exampleValue(input)),
    })),
  };
}

/** Dynamic dimensions become 1, but for the last of a table: that has a column for each feature. */
const oneRow = ({ shape, features }: InputSpec): number[] =>
  shape.map((size, index) => {
    if (size !== -1) return size;
    return index === shape.length - 1 && features ? features.length : 1;
  });

const valuesIn = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

function exampleValue({ datatype, domain }: InputSpec): number | string | boolean {
  if (domain && 'values' in domain) return domain.values[0] ?? 0;
  if (datatype === 'BOOL') return false;
  if (datatype === 'BYTES') return 'text';
  const { min = -Infinity, max = Infinity } = domain ?? {};
  const middle = Number.isFinite(min + max)
    ? min + (max - min) / 2
    : Math.max(min, Math.min(max, 0));
  if (/^B?F/.test(datatype)) return middle;
  const whole = Math.floor(middle);
  return whole >= min ? whole : Math.ceil(min);
}

/** JSON Schemas (2020-12) of the request's inputs and the response's outputs. */
export function jsonSchemaOf(io: IoSchema): { readonly request: Json; readonly response: Json } {
  return {
    request: bodySchema('inputs', io.inputs, ({ optional }) => !optional),
    response: bodySchema('outputs', io.outputs, () => true),
  };
}

function bodySchema<T extends InputSpec | OutputSpec>(
  list: 'inputs' | 'outputs',
  tensors: readonly T[],
  isRequired: (tensor: T) => boolean,
): Json {
  const required = tensors.filter(isRequired).map(({ name }) => ({
    contains: { type: 'object', properties: { name: { const: name } }, required: ['name'] },
  }));
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    required: [list],
    properties: {
      [list]: {
        type: 'array',
        items: { oneOf: tensors.map(tensorSchema) },
        ...(required.length > 0 && { allOf: required }),
      },
    },
  };
}

function tensorSchema(tensor: InputSpec | OutputSpec): Json {
  return {
    type: 'object',
    required: ['name', 'shape', 'datatype', 'data'],
    properties: {
      name: { const: tensor.name },
      datatype: { const: tensor.datatype },
      shape: {
        type: 'array',
        ...(tensor.shape.length > 0 && { prefixItems: tensor.shape.map(dimensionSchema) }),
        minItems: tensor.shape.length,
        maxItems: tensor.shape.length,
      },
      data: { type: 'array', items: valueSchema(tensor) },
    },
  };
}

const dimensionSchema = (size: number): Json =>
  size === -1 ? { type: 'integer', minimum: 0 } : { const: size };

function valueSchema(tensor: InputSpec | OutputSpec): Json {
  const { datatype } = tensor;
  const domain = 'domain' in tensor ? tensor.domain : undefined;
  if (domain && 'values' in domain) return { enum: domain.values };
  if (datatype === 'BOOL') return { type: 'boolean' };
  if (datatype === 'BYTES') return { type: 'string' };
  return {
    type: /^B?F/.test(datatype) ? 'number' : 'integer',
    ...(domain?.min !== undefined && { minimum: domain.min }),
    ...(domain?.max !== undefined && { maximum: domain.max }),
  };
}
