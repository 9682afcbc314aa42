import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TensorData } from '#domain/gates/feed.ts';
import { parseDigest } from '#domain/registry/digest.ts';
import type { Datatype } from '#domain/registry/io-schema.ts';
import {
  normalised,
  predictionKey,
  type Question,
  writeQuestion,
} from '#domain/serving/prediction-key.ts';

interface Vector {
  readonly name: string;
  readonly digest: string;
  readonly preprocessing: string;
  readonly outputs: readonly string[];
  readonly inputs: readonly {
    readonly name: string;
    readonly datatype: Datatype;
    readonly shape: readonly number[];
    readonly hex?: string;
    readonly texts?: string[];
  }[];
  readonly key: string;
}

const file: { readonly tenantKey: string; readonly vectors: readonly Vector[] } = JSON.parse(
  readFileSync(new URL('fixtures/prediction-keys.json', import.meta.url), 'utf8'),
);
const KEY = Buffer.from(file.tenantKey, 'hex');

const ARRAYS: Readonly<Partial<Record<Datatype, new (buffer: ArrayBuffer) => TensorData>>> = {
  BOOL: Uint8Array,
  INT8: Int8Array,
  UINT16: Uint16Array,
  FP16: Uint16Array,
  FP32: Float32Array,
  FP64: Float64Array,
  INT64: BigInt64Array,
};

function dataOf({ datatype, hex, texts }: Vector['inputs'][number]): TensorData {
  if (texts) return texts;
  const bytes = Uint8Array.from(Buffer.from(hex ?? '', 'hex'));
  const Elements = ARRAYS[datatype];
  if (!Elements) throw new Error(`no elements of ${datatype}`);
  return new Elements(bytes.buffer);
}

const questionOf = (vector: Vector): Question => ({
  digest: parseDigest(vector.digest),
  preprocessing: vector.preprocessing,
  outputs: vector.outputs,
  inputs: normalised(vector.inputs.map((input) => ({ ...input, data: dataOf(input) }))),
});

const keyOf = (name: string): string => {
  const vector = file.vectors.find((one) => one.name === name);
  if (!vector) throw new Error(`no vector ${name}`);
  return predictionKey(KEY, questionOf(vector));
};

const QUESTION: Question = {
  digest: parseDigest('a'.repeat(64)),
  preprocessing: '1',
  outputs: ['y'],
  inputs: [{ name: 'x', datatype: 'FP32', shape: [2], data: new Float32Array([1, 2]) }],
};

describe('the key of a cached answer', () => {
  it.each(file.vectors.map((vector) => [vector.name, vector] as const))(
    'is the one that Python makes: %s',
    (_, vector) => {
      expect(predictionKey(KEY, questionOf(vector))).toBe(vector.key);
    },
  );

  it('is the same by the HMAC of Node', () => {
    const mac = createHmac('sha256', KEY);
    writeQuestion(mac, QUESTION);
    expect(mac.digest('hex')).toBe(predictionKey(KEY, QUESTION));
  });

  it('does not depend on the order of inputs, nor on the sign of zero', () => {
    expect(keyOf('two tensors')).toBe(keyOf('two tensors, the other way round'));
    expect(keyOf('zeros of both signs')).toBe(keyOf('zeros of one sign'));
  });

  const [input] = QUESTION.inputs;
  it.each<[string, Partial<Question>]>([
    ['version', { digest: parseDigest('b'.repeat(64)) }],
    ['preprocessing', { preprocessing: '2' }],
    ['outputs', { outputs: [] }],
    ['name', { inputs: [{ ...input, name: 'z' } as never] }],
    ['datatype', { inputs: [{ ...input, datatype: 'UINT32' } as never] }],
    ['shape', { inputs: [{ ...input, shape: [1, 2] } as never] }],
    ['value', { inputs: [{ ...input, data: new Float32Array([1, 3]) } as never] }],
    ['number of inputs', { inputs: [] }],
  ])('is another one for another %s', (_, change) => {
    expect(predictionKey(KEY, { ...QUESTION, ...change })).not.toBe(predictionKey(KEY, QUESTION));
  });

  it('is another one for another tenant', () => {
    expect(predictionKey(new Uint8Array(32), QUESTION)).not.toBe(predictionKey(KEY, QUESTION));
  });

  it('tells apart texts that are cut elsewhere', () => {
    const asked = fc.array(fc.string(), { maxLength: 4 });
    const written = (texts: readonly string[], outputs: readonly string[]): string => {
      const parts: Uint8Array[] = [];
      const data = [...texts];
      const inputs = [{ name: 'x', datatype: 'BYTES' as const, shape: [data.length], data }];
      writeQuestion({ update: (part) => parts.push(part) }, { ...QUESTION, inputs, outputs });
      return Buffer.concat(parts).toString('hex');
    };
    fc.assert(
      fc.property(asked, asked, asked, asked, (a, b, c, d) => {
        const same = JSON.stringify([a, b]) === JSON.stringify([c, d]);
        expect(written(a, b) === written(c, d)).toBe(same);
      }),
    );
  });

  it('reads a view of a larger buffer as far as it goes', () => {
    const view = new Float32Array([9, 1, 2, 9]).subarray(1, 3);
    const inputs = [{ ...input, data: view } as never];
    expect(predictionKey(KEY, { ...QUESTION, inputs })).toBe(predictionKey(KEY, QUESTION));
  });
});

describe('normalised inputs', () => {
  it('have one zero and one NaN, and equal what came else', () => {
    fc.assert(
      fc.property(fc.float64Array(), (data) => {
        const [tensor] = normalised([{ name: 'x', datatype: 'FP64', shape: [data.length], data }]);
        const got = [...((tensor?.data ?? []) as Float64Array)];
        expect(got.some((value) => Object.is(value, -0))).toBe(false);
        expect(got).toEqual([...data].map((value) => (value === 0 ? 0 : value)));
      }),
    );
  });

  it('are the very same where there is nothing to normalise', () => {
    const inputs = [
      { name: 'x', datatype: 'FP32', shape: [1], data: new Float32Array([1]) },
    ] as const;
    expect(normalised(inputs)[0]).toBe(inputs[0]);
  });

  it('leave what came untouched', () => {
    const data = new Float32Array([-0]);
    normalised([{ name: 'x', datatype: 'FP32', shape: [1], data }]);
    expect(Object.is(data[0], -0)).toBe(true);
  });

  it.each([
    [0x8000, 0],
    [0x7c01, 0x7e00],
    [0xffff, 0x7e00],
    [0x7c00, 0x7c00],
    [0xfc00, 0xfc00],
    [0x8001, 0x8001],
  ])('turn the half %i into %i', (from, to) => {
    const [tensor] = normalised([
      { name: 'x', datatype: 'FP16', shape: [1], data: new Uint16Array([from]) },
    ]);
    expect(tensor?.data[0]).toBe(to);
  });

  it('know the NaN of BF16 by its own width', () => {
    const [tensor] = normalised([
      { name: 'x', datatype: 'BF16', shape: [3], data: new Uint16Array([0x7f81, 0x7f80, 0x8000]) },
    ]);
    expect(tensor?.data).toEqual(new Uint16Array([0x7fc0, 0x7f80, 0]));
  });
});
