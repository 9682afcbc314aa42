/** What a path of the Open Inference Protocol v2, or of a SageMaker container, stands for. */
export type Endpoint =
  | { readonly kind: 'server' | 'live' | 'ready' | 'invocations' }
  | ModelEndpoint;

export interface ModelEndpoint {
  readonly kind: 'model' | 'model-ready' | 'infer';
  readonly model: string;
  /** The version the client insists on; without it, the route decides. */
  readonly version?: string;
}

const SERVER: Readonly<Record<string, Endpoint['kind'] & ('server' | 'live' | 'ready')>> = {
  '': 'server',
  '/health/live': 'live',
  '/health/ready': 'ready',
};

/** What SageMaker asks of a container; the model is named by a header there. */
const CONTAINER = { '/ping': 'ready', '/invocations': 'invocations' } as const;

const MODEL = /^\/models\/([^/]+)(?:\/versions\/([^/]+))?(?:\/(ready|infer))?$/;

/** Undefined where there is no such path. */
export function endpointOf(path: string): Endpoint | undefined {
  if (path === '/ping' || path === '/invocations') return { kind: CONTAINER[path] };
  const match = /^\/v2((?:\/.*)?)$/.exec(path.replace(/(.)\/$/, '$1'));
  if (!match) return undefined;
  const rest = match[1] ?? '';
  const server = Object.hasOwn(SERVER, rest) ? SERVER[rest] : undefined;
  if (server) return { kind: server };
  const [, model, version, action] = MODEL.exec(rest) ?? [];
  if (!model) return undefined;
  const kind = action === 'infer' ? 'infer' : action === 'ready' ? 'model-ready' : 'model';
  return { kind, model, ...(version !== undefined && { version }) };
}

/** Methods an endpoint answers; HEAD wherever there is GET (RFC 9110, 9.3.2). */
export const methodsOf = ({ kind }: Endpoint): readonly string[] =>
  kind === 'infer' || kind === 'invocations' ? ['POST'] : ['GET', 'HEAD'];
