import { hashOf } from '#domain/registry/canonical.ts';
import type { Question } from '#domain/serving/prediction-key.ts';
import type { Tensor } from '#domain/serving/tensor.ts';
import type { Lookup, SharedStore } from '../../../../lambdas/serving/cache/shared-store.ts';

export const TENANT_KEY = new Uint8Array(32).fill(7);
export const OTHER_TENANT_KEY = new Uint8Array(32).fill(8);

/** A question of its own for each number. */
export const question = (n: number, digest = hashOf('a model')): Question => ({
  digest,
  inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: Float32Array.of(n, 2) }],
  outputs: ['y'],
  preprocessing: '1',
});

export const answer = (...values: number[]): readonly Tensor[] => [
  { name: 'y', datatype: 'FP32', shape: [1, values.length], data: Float32Array.from(values) },
];

/** The elements of the one output, as hex digits. */
export function bitsOf(outputs: readonly Tensor[] | undefined): string {
  const data = outputs?.[0]?.data;
  if (!data || Array.isArray(data)) throw new Error('expected one tensor of numbers');
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex');
}

/** Of so many bytes. */
export const largeAnswer = (bytes: number): readonly Tensor[] => [
  { name: 'y', datatype: 'UINT8', shape: [bytes], data: new Uint8Array(bytes) },
];

/** A store whose latency is what `took` is told for each operation. */
export class MemoryStore implements SharedStore {
  readonly values = new Map<string, { readonly value: Buffer; readonly ttlMs: number }>();
  readonly asked: string[] = [];
  state: 'there' | 'failing' | 'away' = 'there';
  took: () => void = () => undefined;

  async get(key: string): Promise<Lookup> {
    if (this.state === 'away') return { kind: 'away' };
    this.asked.push(key);
    this.took();
    if (this.state === 'failing') return { kind: 'failed' };
    const found = this.values.get(key);
    return found ? { kind: 'hit', value: found.value } : { kind: 'miss' };
  }

  async set(key: string, value: Buffer, ttlMs: number): Promise<'written' | 'failed' | 'away'> {
    if (this.state === 'away') return 'away';
    this.took();
    if (this.state === 'failing') return 'failed';
    this.values.set(key, { value, ttlMs });
    return 'written';
  }
}
