import type { SageMakerEndpoints } from '#aws/sagemaker-endpoints.ts';
import type { Backend } from '#domain/registry/backend.ts';
import { failed } from '../isolated/candidate-answer.ts';
import type { Exchange } from './remote-model.ts';

/** Asks one production variant of a SageMaker endpoint, whose container speaks the protocol. */
export function sagemakerExchange(
  { endpoint, targetVariant }: Extract<Backend, { readonly kind: 'sagemaker' }>,
  endpoints: Pick<SageMakerEndpoints, 'invoke'>,
): Exchange {
  return async (body, deadlineMs) => {
    const told = await endpoints.invoke({ endpoint, targetVariant, body, deadlineMs });
    switch (told.outcome) {
      case 'answered':
        return { ok: true, text: told.text };
      case 'refused':
        return failed('threw', `endpoint ${endpoint} refused the request`, told.said);
      case 'late':
        return failed('timeout', `no answer by its endpoint within ${Math.round(deadlineMs)} ms`);
      case 'failed':
        return failed('crashed', `endpoint ${endpoint}: ${told.reason}`);
    }
  };
}
