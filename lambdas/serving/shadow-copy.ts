import * as z from 'zod/mini';
import { ModelName, Tenant } from '#domain/registry/subject.ts';
import { Sha256 } from '#domain/signing/statement.ts';
import type { RequestBody } from './request-body.ts';

/** An event of an asynchronous invocation has 1 MB at most. */
export const MAX_COPY_BYTES = 900_000;

/** A request as the shadow function gets it. */
export const ShadowCopy = z.strictObject({
  tenant: Tenant,
  model: ModelName,
  /** Generation of the route, and the version in shadow by it, that the copy was made for. */
  generation: z.int(),
  digest: Sha256,
  /** As the gateway named the request. */
  requestId: z.string(),
  /** The user whom it names, under the tenant's key, where that was at hand. */
  unit: z.optional(z.string().check(z.regex(/^[0-9a-f]{32}$/))),
  body: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('csv'), text: z.string() }),
    z.strictObject({
      kind: z.literal('tensors'),
      text: z.string(),
      /** Base64. */
      binary: z.string(),
    }),
  ]),
});
export type ShadowCopy = z.infer<typeof ShadowCopy>;

/** The event's JSON; undefined where it is too long. */
export function copyText(copy: Omit<ShadowCopy, 'body'>, body: RequestBody): string | undefined {
  const bytes = body.text.length + (body.kind === 'csv' ? 0 : body.binary.length);
  if (bytes > MAX_COPY_BYTES) return undefined;
  const text = JSON.stringify({
    ...copy,
    body:
      body.kind === 'csv' ? body : { ...body, binary: Buffer.from(body.binary).toString('base64') },
  });
  return Buffer.byteLength(text) <= MAX_COPY_BYTES ? text : undefined;
}

/** The request that a copy was made of. */
export const copiedBody = ({ body }: ShadowCopy): RequestBody =>
  body.kind === 'csv' ? body : { ...body, binary: Buffer.from(body.binary, 'base64') };
