import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';

/** A copy that is not taken soon is left out: a sample misses little by it. */
const IMPATIENT = {
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 500, requestTimeout: 1_000, throwOnRequestTimeout: true },
};

/** The function that runs copies of requests, whose answers nobody gets. */
export class ShadowFunction {
  readonly #arn: string;
  readonly #lambda: LambdaClient;

  constructor(arn: string, lambda = new LambdaClient(IMPATIENT)) {
    this.#arn = arn;
    this.#lambda = lambda;
  }

  /** @param event JSON. @throws Error when Lambda has not taken it. */
  async send(event: string): Promise<void> {
    await this.#lambda.send(
      new InvokeCommand({
        FunctionName: this.#arn,
        InvocationType: 'Event',
        Payload: new TextEncoder().encode(event),
      }),
    );
  }
}
