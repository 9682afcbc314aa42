import {
  InvokeEndpointCommand,
  ModelError,
  SageMakerRuntimeClient,
} from '@aws-sdk/client-sagemaker-runtime';

export interface Invocation {
  readonly endpoint: string;
  readonly targetVariant: string;
  /** Open Inference Protocol v2, as JSON. */
  readonly body: string;
  readonly deadlineMs: number;
}

export type Invoked =
  | { readonly outcome: 'answered'; readonly text: string }
  /** The container answered 4xx; its words may quote inputs. */
  | { readonly outcome: 'refused'; readonly said: string }
  | { readonly outcome: 'late' }
  | { readonly outcome: 'failed'; readonly reason: string };

/** SageMaker's real-time endpoints. */
export class SageMakerEndpoints {
  readonly #client: SageMakerRuntimeClient;

  /** One attempt: another would outlast the request, and stable answers meanwhile. */
  constructor(client = new SageMakerRuntimeClient({ maxAttempts: 1 })) {
    this.#client = client;
  }

  /** Never throws: whatever goes wrong is how the variant failed. */
  async invoke({ endpoint, targetVariant, body, deadlineMs }: Invocation): Promise<Invoked> {
    const signal = AbortSignal.timeout(Math.max(1, Math.floor(deadlineMs)));
    try {
      const { Body } = await this.#client.send(
        new InvokeEndpointCommand({
          EndpointName: endpoint,
          TargetVariant: targetVariant,
          ContentType: 'application/json',
          Accept: 'application/json',
          Body: Buffer.from(body),
        }),
        { abortSignal: signal },
      );
      return { outcome: 'answered', text: Body?.transformToString('utf8') ?? '' };
    } catch (error) {
      if (signal.aborted) return { outcome: 'late' };
      if (error instanceof ModelError) {
        const { OriginalStatusCode: status = 500, OriginalMessage: said = '' } = error;
        return status >= 400 && status < 500
          ? { outcome: 'refused', said: said.slice(0, 300) }
          : { outcome: 'failed', reason: `its container answered ${status}` };
      }
      return { outcome: 'failed', reason: error instanceof Error ? error.name : String(error) };
    }
  }
}
