import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakeCloud } from './support/fake-cloud.ts';
import { Terminal } from './support/terminal.ts';

const PATH = '/v2/models/risk/outcomes';

let cloud: FakeCloud;
let terminal: Terminal;
beforeEach(async () => {
  cloud = await new FakeCloud().start();
  terminal = await Terminal.open();
  await terminal.login(cloud);
  cloud.on(`POST ${PATH}`, ({ body }) => ({
    body: { accepted: sentIn(body).length, repeated: 0, refused: [] },
  }));
});
afterEach(() => cloud.stop());

const sentIn = (body: unknown): unknown[] => (body as { outcomes: unknown[] }).outcomes;
const posts = () => cloud.sent('POST', PATH).map(({ body }) => sentIn(body));
const file = async (name: string, text: string): Promise<string> => {
  const path = join(terminal.home, name);
  await writeFile(path, text);
  return path;
};
const run = (path: string, ...more: string[]) =>
  terminal.run('outcomes', 'risk', '--file', path, ...more);

it('sends lines of JSON as they are, 40 at a time, and adds up what became of them', async () => {
  const all = Array.from({ length: 85 }, (_, i) => ({
    ...{ decision: `v2:${i}`, truth: 'yes', predicted: 'no', groups: { sex: 'f' } },
  }));
  const path = await file('t.jsonl', `${all.map((one) => JSON.stringify(one)).join('\n\n')}\n`);
  const { exit, stdout } = await run(path);
  expect(posts().map(({ length }) => length)).toEqual([40, 40, 5]);
  expect(posts().flat()).toEqual(all);
  expect(stdout).toBe('85 accepted, 0 repeated, 0 refused\n');
  expect(exit).toBe(0);
});

it('reads labels, probabilities and groups of a CSV, and leaves empty cells out', async () => {
  const path = await file(
    't.csv',
    'decision,truth,predicted,probability,group.sex,group.age\nv2:a,1,0,0.25,f,\nv2:b,1,1,,,"30, or so"\n',
  );
  await run(path);
  expect(posts().flat()).toEqual([
    { decision: 'v2:a', truth: '1', predicted: '0', probability: 0.25, groups: { sex: 'f' } },
    { decision: 'v2:b', truth: '1', predicted: '1', groups: { age: '30, or so' } },
  ]);
});

it('sends attributes of any name', async () => {
  await run(
    await file(
      't.csv',
      'decision,truth,predicted,group.__proto__,group.constructor\nv2:a,1,0,f,g\n',
    ),
  );
  const [{ groups } = { groups: {} }] = posts().flat() as { groups: object }[];
  expect(Object.entries(groups)).toEqual([
    ['__proto__', 'f'],
    ['constructor', 'g'],
  ]);
});

it('reads numbers of a CSV where it is told to, and leaves it to the API to refuse others', async () => {
  const path = await file('t.csv', 'decision,truth,predicted\nv2:a,1.5,2\nv2:b,high,2\n');
  await run(path, '--numbers');
  expect(posts().flat()).toEqual([
    { decision: 'v2:a', truth: 1.5, predicted: 2 },
    { decision: 'v2:b', truth: 'high', predicted: 2 },
  ]);
});

it('ends with 1 and names the row of what was refused, here or there', async () => {
  cloud.on(`POST ${PATH}`, {
    ...{ accepted: 0, repeated: 1 },
    refused: [{ index: 1, problem: 'decision: got one of 2020' }],
  });
  const lines = ['{"decision":"v2:a","score":1}', '{"decision"', '{"decision":"v2:old","score":1}'];
  const { exit, stdout } = await run(await file('t.jsonl', lines.join('\n')));
  expect(exit).toBe(1);
  const [first, second, third] = stdout.split('\n');
  expect(first).toBe('0 accepted, 1 repeated, 2 refused');
  expect(second).toContain('row 2: got no JSON');
  expect(third).toBe('  row 3: decision: got one of 2020');
});

it('counts the refused beyond the first twenty', async () => {
  const path = await file('t.jsonl', Array.from({ length: 25 }, () => 'x').join('\n'));
  const { stdout } = await run(path, '--json');
  const { refused, problems } = JSON.parse(stdout);
  expect([refused, problems.length]).toEqual([25, 20]);
  expect(posts()).toEqual([]);
  expect((await run(path)).stdout).toContain('  and 5 more');
});

it('sends the same again while outcomes cannot be counted', async () => {
  let asked = 0;
  cloud.on(`POST ${PATH}`, () =>
    ++asked < 3
      ? { status: 503, body: { error: 'outcomes cannot be counted now' } }
      : { body: { accepted: 1, repeated: 0, refused: [] } },
  );
  const { exit } = await run(await file('t.jsonl', '{"decision":"v2:a","score":1}'));
  expect(exit).toBe(0);
  expect(terminal.slept).toEqual([500, 2000]);
});

it('sends the same again when no answer comes', async () => {
  const path = await file('t.jsonl', '{"decision":"v2:a","score":1}');
  cloud.stop();
  const { exit, stderr } = await run(path);
  expect(terminal.slept).toEqual([500, 2000, 8000]);
  expect(exit).toBe(3);
  expect(stderr).toContain('0 outcomes before row 1 have counted');
});

it('says how far it came when it has to give up', async () => {
  let asked = 0;
  cloud.on(`POST ${PATH}`, () =>
    ++asked === 1
      ? { body: { accepted: 40, repeated: 0, refused: [] } }
      : { status: 403, body: { error: 'no longer yours' } },
  );
  const lines = Array.from({ length: 41 }, () => '{"decision":"v2:a","score":1}');
  const { exit, stderr } = await run(await file('t.jsonl', lines.join('\n')));
  expect(exit).toBe(1);
  expect(stderr).toContain('no longer yours; 40 outcomes before row 41 have counted');
});

it.each([
  ['t.txt', '', 'expected a file that ends in .jsonl, .ndjson or .csv'],
  ['t.csv', 'decision,label\n', 'got a column "label"'],
  ['t.csv', 'truth,predicted\n', 'got no column decision'],
])('refuses %s with %j', async (name, text, problem) => {
  const { exit, stderr } = await run(await file(name, text));
  expect(exit).toBe(3);
  expect(stderr).toContain(problem);
  expect(posts()).toEqual([]);
});

it.each(['none.jsonl', 'none.csv'])('says that there is no %s', async (name) => {
  const { exit, stderr } = await run(join(terminal.home, name));
  expect(exit).toBe(3);
  expect(stderr).toContain('--file: got no file');
});
