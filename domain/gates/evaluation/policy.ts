import * as z from 'zod/mini';

/** An image of Amazon ECR by digest: a tag can come to mean other code. */
const Image = z.string().check(
  z.maxLength(255, { error: 'at most 255 characters' }),
  z.regex(
    /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\/[a-z0-9]+([._/-][a-z0-9]+)*@sha256:[0-9a-f]{64}$/,
    {
      error: 'an image of Amazon ECR by digest: ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME@sha256:…',
    },
  ),
);

/** Where a version answers the rows that judge it. Whoever may say so chooses what code is believed. */
export const EvaluationPolicy = z
  .strictObject({
    /** `lambda`: in the gate's own function; `sagemaker`: in a processing job that runs `image`. */
    backend: z.enum(['lambda', 'sagemaker']),
    image: z.nullable(Image),
    instanceType: z
      .string()
      .check(z.regex(/^ml\.[a-z0-9-]+\.[a-z0-9]+$/, { error: 'such as ml.m5.xlarge' })),
    /** Disk of the instance: both models, their files unpacked, and the rows. */
    volumeGiB: z.int().check(z.minimum(1), z.maximum(1024)),
    /** After this the job is stopped; EvaluateByJob waits for 6 hours at most, and half an hour to start. */
    maxRuntimeSeconds: z.int().check(z.minimum(60), z.maximum(21_600)),
  })
  .check(
    z.refine(({ backend, image }) => backend === 'lambda' || image !== null, {
      path: ['image'],
      error: 'an image, which backend "sagemaker" runs',
    }),
  );
export type EvaluationPolicy = z.infer<typeof EvaluationPolicy>;

/** What applies where neither tenant nor model says otherwise. */
export const DEFAULT_EVALUATION_POLICY: EvaluationPolicy = {
  backend: 'lambda',
  image: null,
  instanceType: 'ml.m5.xlarge',
  volumeGiB: 30,
  maxRuntimeSeconds: 3600,
};
