import * as z from 'zod/mini';
import { DATATYPES } from '#domain/registry/io-schema.ts';
import { type Problem, readBy } from '#domain/registry/problem.ts';

const Parameters = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
export type Parameters = z.infer<typeof Parameters>;

/** JSON of an Open Inference Protocol v2 `infer` request, as far as no model is needed to judge it. */
export const InferBody = z.strictObject({
  id: z.optional(z.string()),
  parameters: z.optional(Parameters),
  inputs: z.array(
    z.strictObject({
      name: z.string(),
      shape: z.array(z.int().check(z.minimum(0, { error: 'a size of 0 or more' }))),
      datatype: z.enum(DATATYPES),
      parameters: z.optional(Parameters),
      data: z.optional(z.unknown()),
    }),
  ),
  outputs: z.optional(
    z.array(z.strictObject({ name: z.string(), parameters: z.optional(Parameters) })),
  ),
});
export type InferBody = z.infer<typeof InferBody>;

export const BODY_REMEDY = 'correct the request body; GET the model for its inputs and outputs';

export type InferBodyResult =
  | { readonly ok: true; readonly value: InferBody }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Reads the JSON of a request strictly, before it is known which version answers. */
export function readInferBody(text: string): InferBodyResult {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return {
      ok: false,
      problems: [
        {
          field: 'body',
          got: text === '' ? 'nothing' : 'text that is not JSON',
          expected: 'an Open Inference Protocol v2 request as JSON, which has no NaN or Infinity',
          remedy: 'send {"inputs": [{"name", "shape", "datatype", "data"}]}',
        },
      ],
    };
  }
  return readBy(InferBody, json, BODY_REMEDY);
}
