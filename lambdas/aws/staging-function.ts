import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** What became of one invocation. */
export type Invoked =
  | { readonly outcome: 'answered'; readonly answer: APIGatewayProxyStructuredResultV2 }
  /** The function threw, ran out of time or memory; `reason` is the type of the error alone. */
  | { readonly outcome: 'crashed'; readonly reason: string }
  /** The function was not run: throttled, or Lambda is not to be reached. */
  | { readonly outcome: 'unsent'; readonly reason: string };

/** The function that alone loads staged versions; nothing reaches it but an invocation. */
export class StagingFunction {
  readonly #arn: string;
  readonly #lambda: LambdaClient;

  /** Without retries: a second try would count as one slow answer. */
  constructor(arn: string, lambda = new LambdaClient({ maxAttempts: 1 })) {
    this.#arn = arn;
    this.#lambda = lambda;
  }

  async send(event: object): Promise<Invoked> {
    const command = new InvokeCommand({
      FunctionName: this.#arn,
      Payload: new TextEncoder().encode(JSON.stringify(event)),
    });
    const sent = await this.#lambda.send(command).catch((error: unknown) => nameOf(error));
    if (typeof sent === 'string') return { outcome: 'unsent', reason: sent };
    const said = JSON.parse(new TextDecoder().decode(sent.Payload));
    return sent.FunctionError
      ? { outcome: 'crashed', reason: String(said?.errorType ?? sent.FunctionError) }
      : { outcome: 'answered', answer: said };
  }
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : String(error));
