import { describe, expect, it } from 'vitest';
import type { Column, DatasetContract } from '#domain/gates/dataset/contract.ts';
import { measureLeakage } from '#domain/gates/dataset/leakage.ts';
import { noise } from './fixture.ts';

const ROWS = 2000;
type Task = DatasetContract['label']['task'];
const values = (of: (row: number) => number) =>
  Float64Array.from({ length: ROWS }, (_, row) => of(row));
const halves = Uint8Array.from({ length: ROWS }, (_, row) => (noise(row + 10_000) < 0.5 ? 0 : 1));

function leakageOf(
  task: Task,
  label: Float64Array,
  feature: Float64Array,
  type: Column['type'] = 'number',
) {
  const column = { name: 'f', type, nullable: true };
  const features = [{ column, values: feature }];
  const { features: found, ...more } = measureLeakage({
    task,
    label,
    features,
    halves,
    sampled: false,
  });
  return { ...more, ...(found[0] ?? { auc: Number.NaN, copied: Number.NaN }) };
}

const binary = values((row) => (noise(row) < 0.1 ? 1 : 0));
const three = values((row) => Math.floor(noise(row) * 3));
const amount = values((row) => noise(row) * 1000);
const unrelated = values((row) => noise(row + 20_000));

describe('measureLeakage', () => {
  it.each([
    ['binary-classification', binary],
    ['multiclass-classification', three],
    ['regression', amount],
  ] as const)('finds nothing in noise about a %s, whatever its type', (task, label) => {
    for (const type of ['number', 'category'] as const) {
      expect(leakageOf(task, label, unrelated, type).auc, type).toBeLessThan(0.6);
    }
  });

  it.each([
    ['binary-classification', binary, 1],
    ['multiclass-classification', three, 1],
    ['regression', amount, 0],
  ] as const)('finds a copy of the label of a %s', (task, label, auc) => {
    const found = leakageOf(task, label, label, 'category');
    expect(found.copied).toBe(1);
    expect(found.auc).toBeGreaterThanOrEqual(auc);
    expect(leakageOf(task, label, label)).toMatchObject({ auc: 1, copied: 1 });
  });

  it.each([
    ['classes under other names', three, 'multiclass-classification', 'category'],
    ['classes under other numbers', three, 'multiclass-classification', 'integer'],
  ] as const)('finds %s', (_, label, task, type) => {
    const renamed = label.map((one) => [40, 10, 30][one] as number);
    expect(leakageOf(task, label, renamed, type)).toMatchObject({ auc: 1, copied: 0 });
  });

  it('finds values that fall as the label rises, and another unit', () => {
    expect(
      leakageOf(
        'binary-classification',
        binary,
        binary.map((one) => -one),
      ).auc,
    ).toBe(1);
    const fahrenheit = amount.map((celsius) => 32 + 1.8 * celsius);
    expect(leakageOf('regression', amount, fahrenheit)).toMatchObject({ auc: 1, copied: 0 });
  });

  it('finds a value that is only missing where the label is false', () => {
    const filled = values((row) => (binary[row] === 1 ? noise(row + 30_000) : Number.NaN));
    expect(leakageOf('binary-classification', binary, filled).auc).toBe(1);
  });

  it('does not fall for an identifier, or for a few values', () => {
    const ids = values((row) => row);
    expect(leakageOf('binary-classification', binary, ids, 'category').auc).toBeLessThan(0.6);
    const few = values((row) => (row < 29 ? (binary[row] as number) : Number.NaN));
    const found = leakageOf('binary-classification', binary, few);
    expect(found.copied).toBe(0);
    expect(found.auc).toBeLessThan(0.6);
  });

  it('does not call a feature a leak for telling one class of three', () => {
    const petal = values((row) => (three[row] === 0 ? 0 : 1 + noise(row + 30_000)));
    expect(leakageOf('multiclass-classification', three, petal).auc).toBeLessThan(0.98);
  });

  it('knows nothing without rows on either side, and leaves out rows without a label', () => {
    const scarce = values((row) => (row < 29 ? 1 : 0));
    const unknown = leakageOf('binary-classification', scarce, unrelated);
    expect(unknown.unknown).toContain('fewer than 30 of the 2000 rows');
    expect(
      leakageOf(
        'regression',
        values(() => 1),
        unrelated,
      ).unknown,
    ).toBeDefined();
    const enough = values((row) => (row < 30 ? 1 : row < 1000 ? 0 : Number.NaN));
    const found = leakageOf('binary-classification', enough, enough);
    expect(found).toMatchObject({ rows: 1000, auc: 1, copied: 1 });
    expect(found.unknown).toBeUndefined();
  });
});
