import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakeCloud } from './support/fake-cloud.ts';
import { Terminal } from './support/terminal.ts';

const REQUEST = { inputs: [{ name: 'x', datatype: 'FP32', shape: [2, 2], data: [1, 2, 3, 4] }] };
const ANSWER = {
  model_name: 'iris',
  model_version: '1.0.0',
  outputs: [
    { name: 'label', datatype: 'INT64', shape: [2], data: [0, 1] },
    { name: 'probabilities', datatype: 'FP32', shape: [2, 2], data: [0.9, 0.1, 0.25, 0.75] },
  ],
};

let cloud: FakeCloud;
let terminal: Terminal;
let file: string;
beforeEach(async () => {
  cloud = await new FakeCloud().start();
  terminal = await Terminal.open();
  file = join(terminal.home, 'request.json');
  await writeFile(file, JSON.stringify(REQUEST));
  await terminal.login(cloud);
});
afterEach(() => cloud.stop());

it('sends the request as it is and shows a row per item of the batch', async () => {
  cloud.on('POST /v2/models/iris/infer', ANSWER);
  const { exit, stdout } = await terminal.run('predict', 'iris', '--file', file);
  expect(exit).toBe(0);
  expect(cloud.sent('POST', '/v2/models/iris/infer')[0]?.body).toEqual(REQUEST);
  expect(stdout.trimEnd().split('\n')).toEqual([
    'iris 1.0.0, 2 rows',
    '#   label (INT64)   probabilities (FP32)',
    '1   0               0.9  0.1',
    '2   1               0.25  0.75',
  ]);
});

it('asks the named version, and hands its answer on as JSON', async () => {
  cloud.on('POST /v2/models/iris/versions/1.0.0/infer', ANSWER);
  const { stdout } = await terminal.run('predict', 'iris@1.0', '--file', file, '--json');
  expect(JSON.parse(stdout)).toEqual(ANSWER);
});

it('shows what the protocol refused', async () => {
  const error = 'input x: got shape [2,3], expected [-1,2]\ninput z: unknown';
  cloud.on('POST /v2/models/iris/infer', () => ({ status: 400, body: { error } }));
  const { exit, stderr } = await terminal.run('predict', 'iris', '--file', file);
  expect(exit).toBe(1);
  expect(stderr).toBe(`error: ${error.replace('\n', '\n  ')}\n`);
});

it('sends nothing when the file is no JSON', async () => {
  await writeFile(file, '{');
  const { exit, stderr } = await terminal.run('predict', 'iris', '--file', file);
  expect(exit).toBe(3);
  expect(stderr).toContain('--file: got');
  expect(cloud.sent('POST', '/v2/models/iris/infer')).toEqual([]);
});
