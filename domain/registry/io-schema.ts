import * as z from 'zod/mini';

/** Open Inference Protocol v2 datatypes: one vocabulary from the manifest to the prediction. */
export const DATATYPES = [
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'BF16',
  'FP32',
  'FP64',
  'BYTES',
] as const;
export type Datatype = (typeof DATATYPES)[number];

const Shape = z.array(
  z.int().check(z.minimum(-1, { error: 'a dimension is -1 (dynamic) or a size of 0 or more' })),
);

const Names = z.array(z.string()).check(
  z.minLength(1, { error: 'at least one name, or leave the list out' }),
  z.refine((names) => new Set(names).size === names.length, { error: 'each name once' }),
);

const distinct = (specs: readonly { readonly name: string }[]): boolean =>
  new Set(specs.map(({ name }) => name)).size === specs.length;

/** What values an input may take: a closed interval, or a list of categories. */
const Domain = z.union([
  z.strictObject({ min: z.optional(z.number()), max: z.optional(z.number()) }).check(
    z.refine(({ min = -Infinity, max = Infinity }) => min <= max, {
      error: 'an interval whose min is not above its max',
    }),
  ),
  z.strictObject({
    values: z
      .array(z.union([z.string(), z.number(), z.boolean()]))
      .check(z.minLength(1, { error: 'at least one value' })),
  }),
]);
export type ValueDomain = z.infer<typeof Domain>;

const Input = z.strictObject({
  name: z.string().check(z.minLength(1)),
  datatype: z.enum(DATATYPES),
  /** Dimensions, -1 where dynamic; the first is the batch. */
  shape: Shape,
  /** Column names of a tabular input, in the order of its last dimension. */
  features: z.optional(Names),
  domain: z.optional(Domain),
  /** The graph carries an initializer for it, so that a request may leave it out. */
  optional: z.optional(z.boolean()),
});

const Output = z.strictObject({
  name: z.string().check(z.minLength(1)),
  datatype: z.enum(DATATYPES),
  shape: Shape,
  /** How to read it: a predicted class, scores per class, or a number. */
  role: z.optional(z.enum(['label', 'probabilities', 'value'])),
  /** Class labels in the order of the scores. */
  labels: z.optional(Names),
});

/** What a model takes and gives: compared between versions to compute their semver bump. */
export const IoSchema = z.strictObject({
  inputs: z
    .array(Input)
    .check(
      z.minLength(1, { error: 'name at least one input' }),
      z.refine(distinct, { error: 'inputs that differ in name' }),
    ),
  outputs: z
    .array(Output)
    .check(
      z.minLength(1, { error: 'name at least one output' }),
      z.refine(distinct, { error: 'outputs that differ in name' }),
    ),
  /** Version of the default ONNX operator set. */
  opset: z.optional(z.int().check(z.positive())),
  /** SHA-256 of the submitter's preprocessing and meaning of the numbers; another hash is MAJOR. */
  semanticsHash: z.optional(z.string().check(z.regex(/^[0-9a-f]{64}$/))),
});
export type IoSchema = z.infer<typeof IoSchema>;
export type InputSpec = IoSchema['inputs'][number];
export type OutputSpec = IoSchema['outputs'][number];
