import { describe, expect, it } from 'vitest';
import type { Backend } from '#domain/registry/backend.ts';
import type { Manifest } from '#domain/registry/manifest.ts';
import { openRemote, type RemotePorts } from '../../../../lambdas/serving/backends/open-remote.ts';

const SUBJECT = { tenant: 'acme', model: 'iris', version: '1.1.0' };
const INPUT = { name: 'x', datatype: 'FP32', shape: [1, 1], data: Float32Array.of(1) } as const;
const ANSWER = '{"outputs":[{"name":"p","datatype":"FP32","shape":[1,1],"data":[0.5]}]}';
const NAMED = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:';

const manifest = (backend?: Backend): Manifest => ({
  schema: 'assay.manifest/v1',
  name: 'iris',
  version: '1.1.0',
  format: 'onnx',
  entrypoint: 'model.onnx',
  files: [{ path: 'model.onnx', sha256: '0'.repeat(64), size: 1 }],
  io: {
    inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 1] }],
    outputs: [{ name: 'p', datatype: 'FP32', shape: [-1, 1] }],
  },
  ...(backend && { serving: { backend } }),
});

async function ask(backend: Backend, changes: Partial<RemotePorts> = {}) {
  const asked: unknown[] = [];
  const open = openRemote({
    hosts: ['models.example.com'],
    headersOf: async (secret) => {
      asked.push(secret);
      return { authorization: 'Bearer t' };
    },
    fetch: async (url, init) => {
      asked.push(String(url), new Headers(init?.headers).get('authorization'));
      return new Response(ANSWER);
    },
    endpoints: {
      invoke: async ({ endpoint, targetVariant }) => {
        asked.push(endpoint, targetVariant);
        return { outcome: 'answered', text: ANSWER };
      },
    },
    ...changes,
  });
  const told = await open(SUBJECT, manifest(backend))?.run([INPUT], ['p'], 5_000);
  return { told, asked };
}

const AT = 'https://models.example.com/v2/models/iris/versions/1.1.0/infer';
const http = (headersSecret?: string): Backend => ({
  kind: 'http',
  url: 'https://models.example.com',
  ...(headersSecret !== undefined && { headersSecret }),
});

describe('a version that another server runs', () => {
  it('is asked where its manifest says', async () => {
    const { told, asked } = await ask(http());
    expect(told?.ok && told.outputs.get('p')?.data).toEqual(Float32Array.of(0.5));
    expect(asked).toEqual([AT, null]);
  });

  it('is asked at its endpoint of SageMaker', async () => {
    const backend = { kind: 'sagemaker', endpoint: 'iris', targetVariant: 'green' } as const;
    const { told, asked } = await ask(backend);
    expect(told).toMatchObject({ ok: true });
    expect(asked).toEqual(['iris', 'green']);
  });

  it.each(['assay/acme/token', `${NAMED}assay/acme/token-AbCdEf`])(
    'is sent the headers of %s, a secret of its tenant',
    async (secret) => {
      const { told, asked } = await ask(http(secret));
      expect(told).toMatchObject({ ok: true });
      expect(asked).toEqual([secret, AT, 'Bearer t']);
    },
  );

  it.each([
    'assay/other/token',
    'assay/acme-eu/token',
    'token',
    `${NAMED}assay/other/token-AbCdEf`,
    `${NAMED}x/assay/acme/token-AbCdEf`,
    'x:secret:assay/other/arn:secret:assay/acme/token',
  ])('is not asked with %s, a secret of somebody else', async (secret) => {
    const { told, asked } = await ask(http(secret));
    expect(told).toMatchObject({
      ok: false,
      failure: {
        kind: 'crashed',
        reason: expect.stringContaining('whose name begins with assay/acme/'),
      },
    });
    expect(asked).toEqual([]);
  });

  it('is none whose manifest names no server, or the function', () => {
    const open = openRemote({
      hosts: [],
      headersOf: async () => ({}),
      endpoints: { invoke: async () => ({ outcome: 'late' }) },
    });
    expect(open(SUBJECT, manifest())).toBeUndefined();
    expect(open(SUBJECT, manifest({ kind: 'lambda' }))).toBeUndefined();
  });
});
