import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { HttpEvent } from './http-request.ts';
import { inferWithin } from './infer.ts';

/**
 * The code that serves, over versions that are admitted to staging. It tells its own time as
 * W3C Server-Timing does, for whoever drives it to tell it from the way there.
 */
export const inferStaging =
  (serve: (event: HttpEvent) => Promise<APIGatewayProxyStructuredResultV2>) =>
  async (event: HttpEvent): Promise<APIGatewayProxyStructuredResultV2> => {
    const startedAt = performance.now();
    const answer = await serve(event);
    const ms = (performance.now() - startedAt).toFixed(3);
    return { ...answer, headers: { ...answer.headers, 'server-timing': `infer;dur=${ms}` } };
  };

export const handler = inferStaging(inferWithin('STAGING'));
