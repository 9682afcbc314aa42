import { expect, it } from 'vitest';
import { endpointOf, methodsOf } from '#domain/serving/endpoint.ts';

it.each([
  ['/ping', { kind: 'ready' }],
  ['/invocations', { kind: 'invocations' }],
  ['/v2', { kind: 'server' }],
  ['/v2/', { kind: 'server' }],
  ['/v2/health/live', { kind: 'live' }],
  ['/v2/health/ready', { kind: 'ready' }],
  ['/v2/models/m', { kind: 'model', model: 'm' }],
  ['/v2/models/m/ready', { kind: 'model-ready', model: 'm' }],
  ['/v2/models/m/infer', { kind: 'infer', model: 'm' }],
  ['/v2/models/m/infer/', { kind: 'infer', model: 'm' }],
  ['/v2/models/m/versions/1.0.0', { kind: 'model', model: 'm', version: '1.0.0' }],
  [
    '/v2/models/m/versions/1.0.0-rc.1/ready',
    { kind: 'model-ready', model: 'm', version: '1.0.0-rc.1' },
  ],
  ['/v2/models/m/versions/1.0.0/infer', { kind: 'infer', model: 'm', version: '1.0.0' }],
  ['/v2/models/ready', { kind: 'model', model: 'ready' }],
  ['/v2/models/versions/infer', { kind: 'infer', model: 'versions' }],
])('understands %s', (path, endpoint) => {
  expect(endpointOf(path)).toEqual(endpoint);
});

it.each([
  '',
  '/',
  '/v1',
  '/ping/',
  '/invocations/m',
  '/v2x',
  '/v2//',
  '/v2/health',
  '/v2/constructor',
  '/v2/models',
  '/v2/models/',
  '/v2/models//infer',
  '/v2/models/m/versions',
  '/v2/models/m/versions/1.0.0/explain',
  '/v2/models/a/b/infer',
  '/x/v2/models/m',
])('has no endpoint at "%s"', (path) => {
  expect(endpointOf(path)).toBeUndefined();
});

it('infers by POST and tells by GET', () => {
  expect(methodsOf({ kind: 'infer', model: 'm' })).toEqual(['POST']);
  expect(methodsOf({ kind: 'invocations' })).toEqual(['POST']);
  expect(methodsOf({ kind: 'model', model: 'm' })).toEqual(['GET', 'HEAD']);
});
