import * as z from 'zod/mini';
import { hashOf } from './canonical.ts';

/**
 * Where a version runs. Only the `lambda` backend verifies what it loads itself; the others outgrow
 * it (memory, GPU, sustained load) under the same contract.
 */
export const Backend = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('lambda') }),
  z.strictObject({
    kind: z.literal('sagemaker'),
    endpoint: z.string().check(
      z.regex(/^[a-zA-Z0-9](-?[a-zA-Z0-9]){0,62}$/, {
        error: 'the name of a SageMaker endpoint: 1 to 63 letters, digits and single dashes',
      }),
    ),
    /** SageMaker's own variant weights route at random, so that a request names its variant. */
    targetVariant: z.string().check(
      z.regex(/^[a-zA-Z0-9](-?[a-zA-Z0-9]){0,62}$/, {
        error: 'the name of a production variant: 1 to 63 letters, digits and single dashes',
      }),
    ),
  }),
  z.strictObject({
    kind: z.literal('http'),
    /** Base of a server of the Open Inference Protocol v2; `/v2/models/…` follows. */
    url: z.string().check(
      z.maxLength(256),
      z.regex(
        /^https:\/\/([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}(:\d{1,5})?(\/[\w.~/-]*)?$/,
        {
          error:
            'an https URL with a lowercase host name, no address, credentials, query or fragment',
        },
      ),
    ),
    /** Name or ARN of the secret with the headers to send; the route never holds them. */
    headersSecret: z.optional(
      z.string().check(z.regex(/^[\w/+=.@:-]{1,256}$/, { error: 'the name or ARN of a secret' })),
    ),
  }),
]);
export type Backend = z.infer<typeof Backend>;

export const LAMBDA: Backend = { kind: 'lambda' };

/** Whether two name the same place; who names none runs where requests arrive. */
export const sameBackend = (a: Backend = LAMBDA, b: Backend = LAMBDA): boolean =>
  a === b || hashOf(a) === hashOf(b);

/** Whether another server runs it. */
export const runsElsewhere = ({ kind }: Backend = LAMBDA): boolean => kind !== 'lambda';
