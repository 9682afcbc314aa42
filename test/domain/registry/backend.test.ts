import { describe, expect, it } from 'vitest';
import {
  type Backend,
  LAMBDA,
  runsElsewhere,
  Backend as Schema,
  sameBackend,
} from '#domain/registry/backend.ts';

const HTTP: Backend = { kind: 'http', url: 'https://models.example.com/v', headersSecret: 's' };
const ENDPOINT: Backend = { kind: 'sagemaker', endpoint: 'churn', targetVariant: 'green' };

describe('a backend', () => {
  it('is the same by what it says, in whatever order', () => {
    const { kind, ...rest } = HTTP;
    expect(sameBackend(HTTP, { ...rest, kind } as Backend)).toBe(true);
    expect(sameBackend(undefined, LAMBDA)).toBe(true);
    expect(sameBackend({ kind: 'lambda' }, undefined)).toBe(true);
  });

  it.each([
    [HTTP, undefined],
    [HTTP, ENDPOINT],
    [HTTP, { ...HTTP, url: 'https://models.example.com/w' }],
    [HTTP, { kind: 'http', url: HTTP.url }],
    [ENDPOINT, { ...ENDPOINT, targetVariant: 'blue' }],
  ] as const)('is another one than any that differs: %j, %j', (a, b) => {
    expect([sameBackend(a, b), sameBackend(b, a)]).toEqual([false, false]);
  });

  it('is elsewhere unless it is the function', () => {
    expect([HTTP, ENDPOINT].map(runsElsewhere)).toEqual([true, true]);
    expect([runsElsewhere(undefined), runsElsewhere(LAMBDA)]).toEqual([false, false]);
  });

  it.each([
    'http://models.example.com',
    'https://127.0.0.1',
    'https://[::1]',
    'https://localhost',
    'https://user@models.example.com',
    'https://models.example.com?to=x',
    'https://models.example.com#x',
    'https://MODELS.example.com',
  ])('is at no %s', (url) => {
    expect(Schema.safeParse({ kind: 'http', url }).success).toBe(false);
  });

  it.each(['https://models.example.com', 'https://a.b.example.com:8443/team/v1'])(
    'may be at %s',
    (url) => {
      expect(Schema.safeParse({ kind: 'http', url }).success).toBe(true);
    },
  );
});
