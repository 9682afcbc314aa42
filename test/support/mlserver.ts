import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { choosePort } from '../../local/port.ts';
import { stockPython } from './stock-python.ts';

const RUNTIME = fileURLToPath(new URL('../interop', import.meta.url));
const START_MS = 120_000;

export interface HostedModel {
  readonly name: string;
  readonly version: string;
  /** Path of an ONNX file. */
  readonly path: string;
}

/** A stock MLServer of this machine alone, which runs models by ONNX Runtime for Python. */
export interface MlServer {
  readonly origin: string;
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>;
}

/** @throws Error when it ends, or is not ready in time. */
export async function startMlServer(models: readonly HostedModel[]): Promise<MlServer> {
  const python = await stockPython('requirements-mlserver.txt');
  const directory = mkdtempSync(join(tmpdir(), 'assay-mlserver-'));
  for (const { name, version, path } of models) {
    const folder = join(directory, name);
    const parameters = { uri: path, version };
    const settings = { name, implementation: 'mlserver_onnx.OnnxModel', parameters };
    mkdirSync(folder);
    writeFileSync(join(folder, 'model-settings.json'), JSON.stringify(settings));
  }
  const port = await choosePort(0);
  const child = spawn(python, ['-m', 'mlserver.cli.main', 'start', directory], {
    cwd: directory,
    stdio: 'ignore',
    env: {
      PATH: process.env.PATH,
      PYTHONPATH: RUNTIME,
      PYTHONDONTWRITEBYTECODE: '1',
      MLSERVER_HOST: '127.0.0.1',
      MLSERVER_HTTP_PORT: `${port}`,
      MLSERVER_GRPC_PORT: `${await choosePort(0)}`,
      MLSERVER_METRICS_PORT: `${await choosePort(0)}`,
      MLSERVER_PARALLEL_WORKERS: '0',
    },
  });
  const server = {
    origin: `http://127.0.0.1:${port}`,
    async kill() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      rmSync(directory, { recursive: true, force: true });
    },
  };
  try {
    for (const { name, version } of models) {
      await ready(child, `${server.origin}/v2/models/${name}/versions/${version}/ready`);
    }
    return server;
  } catch (error) {
    await server.kill();
    throw error;
  }
}

async function ready(child: ChildProcess, url: string): Promise<void> {
  for (const end = Date.now() + START_MS; Date.now() < end; await sleep(100)) {
    if (child.exitCode !== null) throw new Error(`MLServer ended with ${child.exitCode}`);
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
  }
  throw new Error(`MLServer: ${url} is not ready after ${START_MS} ms`);
}
