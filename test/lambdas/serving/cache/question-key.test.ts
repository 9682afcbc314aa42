import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashOf } from '#domain/registry/canonical.ts';
import { predictionKey, type Question } from '#domain/serving/prediction-key.ts';
import { questionKey } from '../../../../lambdas/serving/cache/question-key.ts';
import { OTHER_TENANT_KEY, question, TENANT_KEY } from './questions.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const numbers = fc.array(fc.float(), { maxLength: 3_000 }).map((values) => ({
  datatype: 'FP32' as const,
  shape: [values.length],
  data: Float32Array.from(values),
}));
const texts = fc.array(fc.oneof(text, fc.string({ maxLength: 9_000 })), { maxLength: 9 });
const strings = texts.map((values) => ({
  datatype: 'BYTES' as const,
  shape: [values.length],
  data: values,
}));
const questions: fc.Arbitrary<Question> = fc.record({
  digest: text.map(hashOf),
  inputs: fc.array(
    fc.tuple(text, fc.oneof(numbers, strings)).map(([name, tensor]) => ({ name, ...tensor })),
    { maxLength: 4 },
  ),
  outputs: fc.array(text, { maxLength: 4 }),
  preprocessing: text,
});

describe('the key of a question', () => {
  it('is the same by OpenSSL as by the domain, whatever is asked', () => {
    const keys = fc.uint8Array({ minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(keys, questions, (key, asked) => {
        expect(questionKey(key, asked)).toBe(predictionKey(key, asked));
      }),
    );
  });

  it('is the same where pieces fill, pass and outgrow what is gathered', () => {
    for (const bytes of [4_000, 4_095, 4_096, 4_097, 8_192, 100_000]) {
      const data = new Uint8Array(bytes).fill(bytes % 251);
      const input = { name: 'x', datatype: 'UINT8' as const, shape: [bytes], data };
      const asked = { ...question(1), inputs: [input, { ...input, name: 'z' }] };
      expect(questionKey(TENANT_KEY, asked)).toBe(predictionKey(TENANT_KEY, asked));
    }
  });

  it('differs between tenants', () => {
    expect(questionKey(TENANT_KEY, question(1))).not.toBe(
      questionKey(OTHER_TENANT_KEY, question(1)),
    );
  });
});
