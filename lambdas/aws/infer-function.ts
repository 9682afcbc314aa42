import { LambdaClient } from '@aws-sdk/client-lambda';
import { StagingFunction } from './staging-function.ts';

/**
 * Throttled five times over, a request waits for 1 + 2 + 4 + 8 + 16 = 31 s at the most, half of it on
 * average. Where seven of ten tries are throttled, 32 requests take two minutes of the five there are.
 */
const MAX_ATTEMPTS = 6;

/** The function that answers predictions, asked without the HTTP API in between, time and again. */
export class InferFunction extends StagingFunction {
  constructor(arn: string, lambda = new LambdaClient({ maxAttempts: MAX_ATTEMPTS })) {
    super(arn, lambda);
  }
}
