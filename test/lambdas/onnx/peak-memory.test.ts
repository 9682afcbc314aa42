import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Feed } from '#domain/gates/feed.ts';
import { peakMemory } from '../../../lambdas/onnx/peak-memory.ts';
import { bundleMemoryChild, type MemoryChild } from '../../support/memory-child.ts';
import { fixture } from './fixture.ts';

const one: Feed = {
  name: 'x',
  datatype: 'FP32',
  rowShape: [1],
  width: 1,
  data: Float32Array.of(1),
};

let child: MemoryChild;
let directory: string;
let childPath: string;

beforeAll(async () => {
  child = await bundleMemoryChild();
  ({ directory, path: childPath } = child);
});
afterAll(() => child.remove());

describe('peakMemory', () => {
  it('sees the tensors of 256 MiB that one model fills and another does not', async () => {
    const hungry = await peakMemory(fixture('hungry'), [one], ['y'], { childPath });
    expect(hungry.ok && hungry.value).toBeGreaterThan(250);
    expect(hungry.ok && hungry.value).toBeLessThan(640);
    const modest = await peakMemory(fixture('half'), [half], ['y'], { childPath });
    expect(modest.ok && modest.value).toBeLessThan(64);
  });

  it('counts from the start of its own process, however large the one that asks has been', async () => {
    Buffer.alloc(700 * 1024 * 1024, 1);
    const hungry = await peakMemory(fixture('hungry'), [one], ['y'], { childPath });
    expect(hungry.ok && hungry.value).toBeGreaterThan(250);
  });

  it('fails a model that needs more than the cap', async () => {
    const options = { childPath, capMiB: 128 };
    expect(await peakMemory(fixture('hungry'), [one], ['y'], options)).toMatchObject({
      verdict: 'fail',
      reason: expect.stringMatching(/^the model took \d+ MiB; at most 128 MiB are given/),
    });
  });

  it('is inconclusive about a model that does not come back', async () => {
    const options = { childPath, deadlineMs: 2_000 };
    expect(await peakMemory(fixture('endless'), [one], ['y'], options)).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('took more than 2000 ms'),
    });
  });

  it('fails a model that does not open or refuses its rows', async () => {
    expect(await peakMemory(fixture('absent'), [one], ['y'], { childPath })).toMatchObject({
      verdict: 'fail',
      reason: expect.stringContaining('does not open'),
    });
    expect(await peakMemory(fixture('logistic'), [one], ['p'], { childPath })).toMatchObject({
      verdict: 'fail',
      reason: expect.stringContaining('does not run'),
    });
  });

  it('is an error when the process dies without an answer', async () => {
    const dying = join(directory, 'dying.mjs');
    await writeFile(dying, "process.once('message', () => process.abort());");
    expect(await peakMemory(fixture('half'), [half], ['y'], { childPath: dying })).toMatchObject({
      verdict: 'error',
      reason: expect.stringContaining('ended with SIGABRT'),
    });
    const absent = { childPath: join(directory, 'absent.mjs') };
    expect(await peakMemory(fixture('half'), [half], ['y'], absent)).toMatchObject({
      verdict: 'error',
      reason: expect.stringContaining('ended with code 1'),
    });
  });

  it('has ended its process when it answers', async () => {
    const pidFile = join(directory, 'pid');
    const lasting = join(directory, 'lasting.mjs');
    await writeFile(
      lasting,
      `import { writeFileSync } from 'node:fs';
       writeFileSync(${JSON.stringify(pidFile)}, String(process.pid));
       process.on('message', () => process.send({ ok: true, peakMiB: 1 }));`,
    );
    const answer = await peakMemory(fixture('half'), [half], ['y'], { childPath: lasting });
    expect(answer).toEqual({ ok: true, value: 1 });
    const pid = Number(await readFile(pidFile, 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('hides the environment, and with it all credentials, from the model', async () => {
    const telling = join(directory, 'telling.mjs');
    await writeFile(
      telling,
      `process.once('message', () => process.send({ ok: false, reason: Object.keys(process.env).join() }));`,
    );
    process.env.AWS_SESSION_TOKEN = 'secret';
    const options = { childPath: telling, env: { LD_LIBRARY_PATH: '/lib' } };
    const told = await peakMemory(fixture('half'), [half], ['y'], options);
    delete process.env.AWS_SESSION_TOKEN;
    expect(told.ok ? '' : told.reason).toContain('LD_LIBRARY_PATH');
    expect(told.ok ? '' : told.reason).not.toContain('AWS');
  });
});

const half: Feed = { ...one, datatype: 'FP16', data: Uint16Array.of(0x3c00) };
