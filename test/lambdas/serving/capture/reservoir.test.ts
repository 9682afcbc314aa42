import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { IoSchema } from '#domain/registry/io-schema.ts';
import type { Tensor } from '#domain/serving/tensor.ts';
import {
  type Offered,
  Reservoir,
  type ReservoirOptions,
} from '../../../../lambdas/serving/capture/reservoir.ts';
import { answered, HOUR_MS, processOver, START } from './world.ts';

const io: IoSchema = {
  inputs: [
    { name: 'x', datatype: 'FP32', shape: [-1, 2], features: ['age', 'income'] },
    { name: 'name', datatype: 'BYTES', shape: [-1, 1] },
    { name: 'member', datatype: 'BOOL', shape: [-1, 1] },
    { name: 'since', datatype: 'INT64', shape: [-1] },
    { name: 'half', datatype: 'FP16', shape: [-1, 1] },
    { name: 'image', datatype: 'FP32', shape: [-1, 8, 8] },
  ],
  outputs: [{ name: 'p', datatype: 'FP32', shape: [-1, 2] }],
};
const inputs: Tensor[] = [
  { name: 'x', datatype: 'FP32', shape: [2, 2], data: Float32Array.of(30, 1.5, Number.NaN, 2) },
  { name: 'name', datatype: 'BYTES', shape: [2, 1], data: ['ann', 'bob'] },
  { name: 'member', datatype: 'BOOL', shape: [2, 1], data: Uint8Array.of(1, 0) },
  { name: 'since', datatype: 'INT64', shape: [2], data: BigInt64Array.of(2n ** 60n, 1n) },
  { name: 'half', datatype: 'FP16', shape: [2, 1], data: Uint16Array.of(0x3800, 0x7e00) },
  { name: 'image', datatype: 'FP32', shape: [2, 8, 8], data: new Float32Array(128) },
];
const outputs = new Map<string, Tensor>([
  ['p', { name: 'p', datatype: 'FP32', shape: [2, 2], data: Float32Array.of(0.25, 0.75, 1, 0) }],
  ['y', { name: 'y', datatype: 'FP32', shape: [2, 1], data: Float32Array.of(1, 2) }],
  ['mean', { name: 'mean', datatype: 'FP32', shape: [1], data: Float32Array.of(9) }],
]);
const version = { tenant: 'acme', model: 'risk', version: '1.0.0' };
const offer: Offered = { version, io, inputs, outputs, rows: 2, requestId: 'ann@example.com' };

let sent: Record<string, unknown>[];
let calls: number;
let lost: number[];
let unmatched: (readonly string[])[];
beforeEach(() => {
  sent = [];
  calls = 0;
  lost = [];
  unmatched = [];
});
const reservoir = (options: Partial<ReservoirOptions> = {}, send = async () => 0) =>
  new Reservoir(
    {
      send: async (documents) => {
        calls += 1;
        sent.push(...(documents as Record<string, unknown>[]));
        return send();
      },
    },
    {
      ...{ share: 0.1, omit: [], random: () => 0.05, clock: () => START },
      unitOf: async (tenant) => `unit of ${tenant}`,
      onLost: (rows) => lost.push(rows),
      onUnmatched: (names) => unmatched.push(names),
      ...options,
    },
  );

describe('a sampled row', () => {
  it('has features and answers by name, its version and time, and no name of the request', async () => {
    const one = reservoir();
    one.offer(offer);
    await one.closed();
    expect(sent).toHaveLength(2);
    expect(sent[0]).toEqual({
      schema: 'assay.reservoir-row/v1',
      ...{ ...version, at: new Date(START).toISOString(), row: 0 },
      request: 'unit of acme',
      features: {
        ...{ 'x/age': 30, 'x/income': 1.5, 'name/name': 'ann', 'member/member': true },
        ...{ 'since/since': String(2n ** 60n), 'half/half': 0.5 },
      },
      answer: { p: [0.25, 0.75], y: 1 },
    });
    expect(sent[1]?.features).toMatchObject({ 'x/age': null, 'half/half': null });
    expect(JSON.stringify(sent)).not.toContain('example.com');
  });

  it('has answers of any name', async () => {
    const one = reservoir();
    const named = [...Object.getOwnPropertyNames(Object.prototype), 'p'];
    const [, y] = [...outputs.values()];
    if (!y) throw new Error('no output');
    one.offer({ ...offer, outputs: new Map(named.map((name) => [name, { ...y, name }])) });
    await one.closed();
    const { answer } = JSON.parse(JSON.stringify(sent[0])) as { answer: object };
    expect(Object.entries(answer)).toEqual(named.map((name) => [name, 1]));
  });

  it('is without a request while keys of tenants are away', async () => {
    const keyless = reservoir({ unitOf: async () => undefined });
    keyless.offer(offer);
    await keyless.closed();
    const away = reservoir({ unitOf: () => Promise.reject(new Error('away')) });
    away.offer(offer);
    await away.closed();
    expect(sent).toHaveLength(4);
    for (const row of sent) expect(row).not.toHaveProperty('request');
  });

  it('is without the features that the deployment omits', async () => {
    const one = reservoir({ omit: ['name', 'x/age'] });
    one.offer(offer);
    await one.closed();
    expect(Object.keys(sent[0]?.features ?? {})).toEqual([
      ...['x/income', 'member/member', 'since/since', 'half/half'],
    ]);
    expect(JSON.stringify(sent)).not.toContain('ann');
  });
});

describe('names to omit', () => {
  it('that no version has so far are told of once', () => {
    const one = reservoir({ omit: ['x/age', 'email', 'image/image', 'x/name'] });
    one.offer(offer);
    one.offer(offer);
    one.offer({ ...offer, io: { ...io } });
    expect(unmatched).toEqual([['email', 'x/name']]);
  });

  it('that all are features are not', () => {
    reservoir({ omit: ['x/age', 'name'] }).offer(offer);
    expect(unmatched).toEqual([]);
  });
});

describe('the sample', () => {
  it('is drawn row by row', async () => {
    const draws = [0.1, 0.09].values();
    const one = reservoir({ random: () => draws.next().value ?? 1 });
    one.offer(offer);
    await one.closed();
    expect(sent.map(({ row }) => row)).toEqual([1]);
  });

  it('has 10,000 rows of an hour at most', async () => {
    let now = START;
    const one = reservoir({ clock: () => now });
    const y = new Float32Array(9_999);
    const many = new Map<string, Tensor>([
      ['y', { name: 'y', datatype: 'FP32', shape: [9_999], data: y }],
    ]);
    one.offer({ ...offer, inputs: [], outputs: many, rows: 9_999 });
    one.offer(offer);
    await one.closed();
    expect(sent).toHaveLength(10_000);
    now += HOUR_MS;
    one.offer(offer);
    await one.closed();
    expect(sent).toHaveLength(10_002);
  });

  it('is sent once, and what is not taken is counted', async () => {
    const partly = reservoir({}, async () => 1);
    partly.offer(offer);
    await partly.closed();
    await partly.closed();
    expect(calls).toBe(1);
    const away = reservoir({}, () => Promise.reject(new Error('away')));
    away.offer(offer);
    await away.closed();
    expect(lost).toEqual([1, 2]);
  });

  it('waits until it is a second old or has 100 rows', async () => {
    let now = START;
    const one = reservoir({ clock: () => now });
    expect(one.sent()).toBeUndefined();
    one.offer(offer);
    now += 999;
    one.offer(offer);
    expect(one.sent()).toBeUndefined();
    now += 1;
    await one.sent();
    expect(sent).toHaveLength(4);
    for (let request = 0; request < 49; request++) one.offer(offer);
    expect(one.sent()).toBeUndefined();
    one.offer(offer);
    await one.sent();
    expect(sent).toHaveLength(104);
    expect(calls).toBe(2);
  });

  it('is sent all of it when the process is told to end', async () => {
    const { capture, tell } = processOver(undefined, { reservoir: reservoir() });
    tell(answered());
    await capture.closed();
    expect(sent).toHaveLength(1);
  });

  it('goes beside the answer, and never keeps it longer than counts may', async () => {
    vi.useFakeTimers();
    const stuck = reservoir({}, () => new Promise(() => {}));
    const { capture, tell } = processOver(undefined, { reservoir: stuck });
    tell(answered(100));
    const flushed = capture.flushed();
    await vi.advanceTimersByTimeAsync(250);
    await flushed;
    expect(sent).toHaveLength(100);
    vi.useRealTimers();
  });
});
