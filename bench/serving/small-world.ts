import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { IoSchema } from '#domain/registry/io-schema.ts';
import { candidateTrial } from '#domain/serving/decision.ts';
import type { Candidate } from '#domain/serving/routing/route-document.ts';
import { type Released, World } from '../../test/lambdas/serving/world.ts';

export const FEATURES = 32;
const MODELS = fileURLToPath(new URL('../../.local/bench-venv/models/', import.meta.url));

/** A file that `bench/serving/setup.sh` made. */
export const modelFile = (name: string): string => `${MODELS}${name}.onnx`;

export const schemaOf = (features: number): IoSchema => ({
  inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, features] }],
  outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 4] }],
});

/** The request of so many rows that has this number; each number has another one. */
export function bodyOf(rows: number, n: number): string {
  const data = Array.from({ length: rows * FEATURES }, (_, i) => toFloat(Math.sin(n * 1e4 + i)));
  return JSON.stringify({
    inputs: [{ name: 'x', shape: [rows, FEATURES], datatype: 'FP32', data }],
  });
}

export const bodiesOf = (rows: number, count: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => bodyOf(rows, n));

/** As short as the number can be written, which is how clients write what they have as FP32. */
const toFloat = (value: number): number => Number(Math.fround(value).toPrecision(7));

/** A world whose clock runs and that remembers nothing of its requests. */
export class RunningWorld extends World {
  override readonly clock = (): number => Date.now();
  override readonly log = { info: () => undefined, error: () => undefined };
  override readonly writeMetrics = (): void => undefined;
}

/** The small network in production. */
export async function smallWorld(): Promise<RunningWorld> {
  const world = new RunningWorld();
  world.now = Date.now();
  await world.release(small('1.0.0'));
  return world;
}

/** Another version of it, approved, which asks everybody for the next hour. */
export async function tryAnother(world: RunningWorld, childPath: string): Promise<void> {
  world.isolateBy(childPath);
  const { version, digest } = await world.approve(small('2.0.0'));
  const candidate: Candidate = {
    ...{ version, digest, mode: 'full', share: 1, shadowSample: 0, epoch: 0, since: 1 },
    ...{ leaseUntil: world.now + 3_600_000, salt: candidateTrial(digest) },
  };
  world.reroute({ candidate }, 'acme/small');
}

const small = (version: string): Released => ({
  subject: { model: 'small', version },
  files: { 'model.onnx': readFileSync(modelFile('small')) },
  io: schemaOf(FEATURES),
});
