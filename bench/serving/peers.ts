import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { choosePort } from '../../local/port.ts';
import { bodiesOf, modelFile } from './small-world.ts';
import { heading, row, Times } from './times.ts';

/**
 * Prints how many requests a second this and other servers of the Open Inference Protocol answer:
 * the same model and requests, one process each, all up at once and asked in turns, a block each.
 * Each logs as it does by default, to nowhere.
 * `bash bench/serving/setup.sh`, then `npx tsx bench/serving/peers.ts`.
 */

const ROUNDS = 15;
const BLOCK_MS = 1_000;
const WARM_UP_ROUNDS = 2;
const DIFFERENT = 200;

/** Ours asks for a token; what it says is the gateway's to read. */
const HEADERS = { 'content-type': 'application/json', authorization: 'Bearer of-the-bench' };

const HOME = fileURLToPath(new URL('../../.local/bench-venv/', import.meta.url));
const PEERS = fileURLToPath(new URL('peers', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'assay-bench-'));

interface Server {
  readonly name: string;
  readonly process: ChildProcess;
  readonly origin: string;
}

if (!existsSync(modelFile('small'))) throw new Error('first: bash bench/serving/setup.sh');
const servers: readonly Server[] = [await startOurs(), await startMlserver(), await startKserve()];
try {
  for (const server of servers) await ready(server);
  await agree();
  console.log(
    heading('rows a request, connections', ...servers.map(({ name }) => name), 'beside the best'),
  );
  for (const rows of [1, 100]) for (const connections of [1, 8]) await compare(rows, connections);
} finally {
  for (const { process } of servers) process.kill('SIGKILL');
  rmSync(scratch, { recursive: true });
}

async function startOurs(): Promise<Server> {
  const path = fileURLToPath(new URL('own-server.ts', import.meta.url));
  const child = fork(path, {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [address] = await once(child, 'message');
  return { name: 'Assay', process: child, origin: `http://${address}` };
}

async function startMlserver(): Promise<Server> {
  const [http, grpc, metrics] = [await choosePort(0), await choosePort(0), await choosePort(0)];
  const settings = {
    name: 'small',
    implementation: 'mlserver_onnx.OnnxModel',
    parameters: { uri: modelFile('small') },
  };
  writeFileSync(join(scratch, 'model-settings.json'), JSON.stringify(settings));
  const child = spawn(`${HOME}mlserver/bin/mlserver`, ['start', scratch], {
    cwd: scratch,
    stdio: 'ignore',
    env: {
      PATH: process.env.PATH,
      PYTHONPATH: PEERS,
      MLSERVER_HOST: '127.0.0.1',
      MLSERVER_HTTP_PORT: `${http}`,
      MLSERVER_GRPC_PORT: `${grpc}`,
      MLSERVER_METRICS_PORT: `${metrics}`,
      MLSERVER_PARALLEL_WORKERS: '0',
      MLSERVER_DEBUG: 'false',
    },
  });
  return { name: 'MLServer', process: child, origin: `http://127.0.0.1:${http}` };
}

async function startKserve(): Promise<Server> {
  const port = await choosePort(0);
  const child = spawn(
    `${HOME}kserve/bin/python`,
    [join(PEERS, 'kserve_onnx.py'), `${port}`, modelFile('small')],
    { cwd: scratch, stdio: 'ignore' },
  );
  return { name: 'KServe', process: child, origin: `http://127.0.0.1:${port}` };
}

/** @throws Error when it ends, or takes more than a minute. */
async function ready({ name, process, origin }: Server): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(200)) {
    if (process.exitCode !== null) throw new Error(`${name} ended with ${process.exitCode}`);
    const answer = await fetch(`${origin}/v2/models/small/ready`, { headers: HEADERS }).catch(
      () => undefined,
    );
    if (answer?.ok) return;
  }
  throw new Error(`${name} is not ready after a minute`);
}

/** Each gives the same numbers, or the comparison is of different things. */
async function agree(): Promise<void> {
  const [body = ''] = bodiesOf(100, 1);
  const answers = await Promise.all(
    servers.map(async (server) => JSON.parse(await ask(server, body, new Agent()))),
  );
  const [ours, ...others] = answers.map(({ outputs }): number[] => outputs[0].data.flat());
  for (const other of others) {
    const worst = Math.max(...other.map((value, i) => Math.abs(value - (ours?.[i] ?? Number.NaN))));
    if (!(worst < 1e-5)) throw new Error(`answers differ by ${worst}`);
  }
}

async function compare(rows: number, connections: number): Promise<void> {
  const bodies = bodiesOf(rows, DIFFERENT);
  const rates = servers.map(() => new Times());
  const latencies = servers.map(() => new Times());
  const agents = servers.map(() => new Agent({ keepAlive: true, maxSockets: connections }));
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    for (const [i, server] of servers.entries()) {
      const [agent, taken] = [agents[i], round < 0 ? new Times() : latencies[i]];
      if (!agent || !taken) throw new Error('no server');
      const rate = await rateOf(server, bodies, connections, agent, taken);
      if (round >= 0) rates[i]?.add(rate);
    }
  }
  for (const agent of agents) agent.destroy();
  const medians = rates.map(({ median }) => median);
  const [ours = Number.NaN, ...others] = medians;
  const cells = medians.map((rate, i) => {
    const taken = latencies[i];
    return `${rate.toFixed(0)}/s; ${taken?.median.toFixed(2)}, ${taken?.quantile(0.99).toFixed(2)} ms`;
  });
  console.log(row(`${rows}, ${connections}`, ...cells, (ours / Math.max(...others)).toFixed(2)));
}

/** Requests a second of one block: each connection asks again as soon as it is answered. */
async function rateOf(
  server: Server,
  bodies: readonly string[],
  connections: number,
  agent: Agent,
  taken: Times,
): Promise<number> {
  const startedAt = performance.now();
  let answered = 0;
  const client = async (first: number): Promise<void> => {
    for (let n = first; performance.now() - startedAt < BLOCK_MS; n += connections) {
      const sentAt = performance.now();
      await ask(server, bodies[n % bodies.length] ?? '', agent);
      taken.add(performance.now() - sentAt);
      answered += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, (_, n) => client(n)));
  return (answered * 1000) / (performance.now() - startedAt);
}

function ask({ name, origin }: Server, body: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { ...HEADERS, 'content-length': Buffer.byteLength(body) };
    const sent = request(`${origin}/v2/models/small/infer`, { method: 'POST', agent, headers });
    sent.on('error', reject);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`${name} answered ${response.statusCode}: ${text.slice(0, 300)}`));
      });
    });
    sent.end(body);
  });
}
