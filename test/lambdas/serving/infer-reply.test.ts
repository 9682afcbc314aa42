import { describe, expect, it } from 'vitest';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import { inferReply } from '../../../lambdas/serving/infer-reply.ts';

/** What a synchronous invocation may return. */
const RETURNED = 6 * 1024 * 1024;

type Answered = Extract<Parameters<typeof inferReply>[0], { kind: 'answered' }>;

const spec = { name: 'y', datatype: 'BYTES' as const, shape: [-1] };

function answer(data: readonly string[], binary = false) {
  const told = {
    kind: 'answered',
    version: { model: 'risk', version: '1.0.0' } as VersionRecord,
    manifest: { io: { inputs: [], outputs: [spec] } },
    request: { outputs: ['y'], binaryOutputs: new Set(binary ? ['y'] : []) },
    outputs: new Map([['y', { ...spec, shape: [data.length], data }]]),
    ms: 1,
    cached: false,
  } as unknown as Answered;
  return inferReply(told, {});
}

const texts = (count: number, text: string): string[] => Array.from({ length: count }, () => text);

describe('an answer in JSON', () => {
  it('of 4 MiB is given where it is mostly text', () => {
    const reply = answer(['x'.repeat(4 * 1024 * 1024 - 200)]);
    expect(reply.status).toBe(200);
    expect(JSON.stringify(reply).length).toBeLessThan(RETURNED);
  });

  it('of more is refused', () => {
    const { status, body } = answer(['x'.repeat(4 * 1024 * 1024)]);
    expect(status).toBe(413);
    expect(body).toContain('expected at most 4194304');
  });

  it.each([
    ['quotation marks', '"'],
    ['backslashes', '\\'],
    ['nothing but the marks around it', ''],
  ])('is given as long as it can be returned: each element is %s', (_, element) => {
    // A comma each, and the marks of the element escaped once more; without those of the whole.
    const bytesEach = JSON.stringify(`${JSON.stringify(element)},`).length - 2;
    const fitting = answer(texts(Math.floor((RETURNED * 0.98) / bytesEach), element));
    expect(fitting.status).toBe(200);
    expect(JSON.stringify(fitting).length).toBeLessThan(RETURNED);
    expect(answer(texts(Math.ceil(RETURNED / bytesEach), element)).status).toBe(413);
  });

  it('that cannot be returned as JSON may be had as binary data', () => {
    const marked = texts(1000, '"'.repeat(1700));
    const { body, status } = answer(marked);
    expect(status).toBe(413);
    expect(body).toContain('with every quotation mark and backslash escaped');
    expect(body).toContain('or have outputs as binary data');
    expect(answer(marked, true).status).toBe(200);
  });
});
