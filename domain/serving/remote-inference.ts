import * as z from 'zod/mini';
import { DATATYPES } from '#domain/registry/io-schema.ts';
import { tensorText } from './infer-response.ts';
import type { Tensor } from './tensor.ts';
import { parseData } from './tensor-data.ts';

/** An Open Inference Protocol v2 request as JSON, to another server that speaks it. */
export const remoteRequestText = (inputs: readonly Tensor[], outputs: readonly string[]): string =>
  `{"inputs":[${inputs.map(tensorText).join()}],"outputs":${JSON.stringify(outputs.map((name) => ({ name })))}}`;

/** What is read of an answer; servers add fields of their own. */
const Answer = z.object({
  outputs: z.array(
    z.object({
      name: z.string(),
      shape: z.array(z.int().check(z.minimum(0))),
      datatype: z.enum(DATATYPES),
      data: z.unknown(),
    }),
  ),
});

export type RemoteAnswer =
  | { readonly ok: true; readonly outputs: readonly Tensor[] }
  /** What is wrong with it, without a value of it. */
  | { readonly ok: false; readonly reason: string };

/** Reads another server's answer strictly: JSON has no NaN, so one that holds it is no JSON. */
export function parseRemoteAnswer(text: string): RemoteAnswer {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, reason: 'an answer that is not JSON' };
  }
  const parsed = Answer.safeParse(json);
  if (!parsed.success) {
    const at = parsed.error.issues[0]?.path.join('.') || 'outputs';
    return { ok: false, reason: `an answer that is none of the protocol, at ${at}` };
  }
  const outputs: Tensor[] = [];
  for (const { name, shape, datatype, data } of parsed.data.outputs) {
    const read = parseData(`output ${name}`, { datatype }, shape, data);
    if (!read.ok) {
      const { field, expected } = read.problem;
      return { ok: false, reason: `${field}: expected ${expected}` };
    }
    outputs.push({ name, datatype, shape, data: read.data });
  }
  return { ok: true, outputs };
}
