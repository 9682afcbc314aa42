import type { SageMakerEndpoints } from '#aws/sagemaker-endpoints.ts';
import { LAMBDA } from '#domain/registry/backend.ts';
import type { Manifest } from '#domain/registry/manifest.ts';
import type { Subject } from '#domain/registry/subject.ts';
import type { ServedModel } from '../served-model.ts';
import { type HeadersOf, type HttpOptions, httpExchange } from './http-exchange.ts';
import { RemoteModel } from './remote-model.ts';
import { sagemakerExchange } from './sagemaker-exchange.ts';

export interface RemotePorts extends HttpOptions {
  readonly endpoints: Pick<SageMakerEndpoints, 'invoke'>;
}

/**
 * The model that another server runs by a version's signed manifest; undefined for one that runs
 * where requests arrive.
 */
export type OpenRemote = (subject: Subject, manifest: Manifest) => ServedModel | undefined;

export const openRemote =
  ({ endpoints, headersOf, ...http }: RemotePorts): OpenRemote =>
  ({ tenant, model, version }, { io, serving }) => {
    const { backend = LAMBDA } = serving ?? {};
    switch (backend.kind) {
      case 'lambda':
        return undefined;
      case 'http': {
        const options = { ...http, headersOf: ownHeaders(tenant, headersOf) };
        return new RemoteModel(httpExchange(backend, { model, version }, options), io.outputs);
      }
      case 'sagemaker':
        return new RemoteModel(sagemakerExchange(backend, endpoints), io.outputs);
    }
  };

/** A manifest may name any secret that the function reads: only those of its tenant are sent. */
const ownHeaders =
  (tenant: string, headersOf: HeadersOf): HeadersOf =>
  async (secret) => {
    const name = secret.replace(/^arn:[^/]*:secret:/, '');
    const own = `assay/${tenant}/`;
    if (name.startsWith(own)) return headersOf(secret);
    throw new Error(`secret ${secret}: expected one of the tenant, whose name begins with ${own}`);
  };
