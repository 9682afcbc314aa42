import { createReadStream, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import { modelFile, RunningWorld, schemaOf } from './small-world.ts';

/**
 * Opens eight large models in turn, twice, where as many fit as it is told, and prints as JSON what
 * is resident in bytes before each and at the end. Run by `memory.ts`.
 */

const FEATURES = 16;
const MODELS = 8;
const ROUNDS = 2;
const INPUT = { datatype: 'FP32', shape: [1, FEATURES], data: new Float32Array(FEATURES) } as const;

/** By the measure that the function has, 1.3 of the file and 85 MB. */
const MODEL_BYTES = 170e6;

const world = new RunningWorld(Number(process.argv[2]) * MODEL_BYTES);
const versions: VersionRecord[] = [];
for (let n = 0; n < MODELS; n++) versions.push(await releaseLarge(n));
const models = world.models();

const resident: number[] = [];
resident.push(await settledBytes());
for (let n = 0; n < ROUNDS * MODELS; n++) {
  await ask(versions[n % MODELS]);
  resident.push(await settledBytes());
}
console.log(JSON.stringify({ resident, opened: world.opened.length }));

/** Its bytes stay on the disk, or they would be counted as the function's. */
async function releaseLarge(n: number): Promise<VersionRecord> {
  const path = modelFile(`large-${n}`);
  const version = await world.release({
    subject: { model: `large-${n}` },
    files: { 'model.onnx': readFileSync(path) },
    io: schemaOf(FEATURES),
  });
  for (const key of world.objects.keys()) {
    if (key.endsWith('model.onnx')) world.objects.delete(key);
  }
  return version;
}

async function ask(version: VersionRecord | undefined): Promise<void> {
  if (!version) throw new Error('no version');
  const path = modelFile(version.model);
  const open = async ({ key }: { key: string }): Promise<Readable> => {
    if (!key.endsWith('.onnx')) return Readable.from([world.objects.get(key)]);
    world.opened.push(key);
    return createReadStream(path);
  };
  Object.assign(world.artifacts, { open });
  const leased = await models.session(version);
  if (!leased.ok) throw new Error(JSON.stringify(leased.refusal));
  const answer = await leased.value.value.run([{ name: 'x', ...INPUT }], ['y'], 10_000);
  if (!answer.ok) throw new Error(JSON.stringify(answer.failure));
  leased.value.release();
}

/** After what V8 no longer needs is gone; the native memory is what is to be seen. */
async function settledBytes(): Promise<number> {
  for (let n = 0; n < 3; n++) {
    globalThis.gc?.();
    await sleep(20);
  }
  return process.memoryUsage.rss();
}
