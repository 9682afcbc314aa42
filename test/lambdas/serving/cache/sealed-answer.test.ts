import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Tensor } from '#domain/serving/tensor.ts';
import { openAnswer, sealAnswer } from '../../../../lambdas/serving/cache/sealed-answer.ts';
import { answer, bitsOf, OTHER_TENANT_KEY, TENANT_KEY } from './questions.ts';

const KEY = 'a'.repeat(64);
const KEPT = { outputs: answer(0.25, -0, Number.NaN, Infinity), expiresAt: 1_800_000_000_123.75 };
const sealed = sealAnswer(TENANT_KEY, KEY, KEPT);

describe('a sealed answer', () => {
  it('opens to the same tensors bit by bit, and to its expiry', () => {
    const outputs: readonly Tensor[] = [
      { name: 'half', datatype: 'FP16', shape: [3], data: Uint16Array.of(0x7e01, 0x8000, 1) },
      { name: 'long', datatype: 'INT64', shape: [1, 2], data: BigInt64Array.of(-1n, 2n ** 62n) },
      { name: 'label', datatype: 'BYTES', shape: [2], data: ['größer', ''] },
      { name: 'flag', datatype: 'BOOL', shape: [1], data: Uint8Array.of(1) },
      { name: 'none', datatype: 'FP64', shape: [0, 4], data: new Float64Array() },
    ];
    const kept = { outputs, expiresAt: 1_800_000_000_123.75 };
    // Behind another value in one buffer, as a client of Redis may give it.
    const bytes = Buffer.concat([Buffer.alloc(3), sealAnswer(TENANT_KEY, KEY, kept)]).subarray(3);
    expect(openAnswer(TENANT_KEY, KEY, bytes)).toEqual(kept);
  });

  it('keeps the bits of every float', () => {
    fc.assert(
      fc.property(fc.array(fc.double()), (values) => {
        const data = Float64Array.from(values);
        const outputs = [{ name: 'y', datatype: 'FP64' as const, shape: [data.length], data }];
        const bytes = sealAnswer(TENANT_KEY, KEY, { outputs, expiresAt: 1 });
        expect(bitsOf(openAnswer(TENANT_KEY, KEY, bytes)?.outputs)).toBe(bitsOf(outputs));
      }),
    );
  });

  it('does not open for another question or another tenant', () => {
    expect(openAnswer(TENANT_KEY, 'b'.repeat(64), sealed)).toBeUndefined();
    expect(openAnswer(OTHER_TENANT_KEY, KEY, sealed)).toBeUndefined();
  });

  it('does not open with any bit changed', () => {
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(openAnswer(TENANT_KEY, KEY, changed)).toBeUndefined();
    }
  });

  it('does not open with bytes missing or added, or when it is something else', () => {
    for (let length = 0; length < sealed.length; length++) {
      expect(openAnswer(TENANT_KEY, KEY, sealed.subarray(0, length))).toBeUndefined();
    }
    expect(openAnswer(TENANT_KEY, KEY, Buffer.concat([sealed, Buffer.of(0)]))).toBeUndefined();
    expect(openAnswer(TENANT_KEY, KEY, Buffer.from('{"p":0.5}'))).toBeUndefined();
  });
});
