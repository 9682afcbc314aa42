import { SageMakerEndpoints } from '#aws/sagemaker-endpoints.ts';
import { Secrets } from '#aws/secrets.ts';
import { optionalEnv } from '../../env.ts';
import { type OpenRemote, openRemote } from './open-remote.ts';

/** Other servers, as far as the deployment lets requests go: hosts by BACKEND_HOSTS, the rest by IAM. */
export function remoteModels(): OpenRemote {
  const secrets = new Secrets();
  return openRemote({
    hosts: optionalEnv('BACKEND_HOSTS')?.split(',') ?? [],
    headersOf: (secret) => secrets.headers(secret),
    endpoints: new SageMakerEndpoints(),
  });
}
