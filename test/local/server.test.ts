import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateFunctionCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Home, homeAt } from '../../local/home.ts';
import { withLock } from '../../local/lock.ts';
import { isGroupAlive } from '../../local/process.ts';
import { mustRun } from '../../local/run.ts';
import { endpointOf, runningServer, startServer, stopServer } from '../../local/server.ts';
import { readState, type State, writeState } from '../../local/state.ts';
import { ensureVenv } from '../../local/venv.ts';

const INSTALLING_MS = 120_000;
const ANY_PORT = { port: 0 };

let home: Home;
beforeEach(() => {
  // The environment is shared with the developer's own cloud: installing takes seconds.
  home = { ...homeAt(mkdtempSync(join(tmpdir(), 'assay-server-'))), venv: homeAt().venv };
});
afterEach(async () => {
  await stopServer(home);
  rmSync(home.folder, { recursive: true });
});

const python = (): Promise<string> => withLock(homeAt(), () => ensureVenv(homeAt(), () => {}));

/** Stands in for an interpreter; what it does with its arguments is up to the script. */
function fakePython(script: string): string {
  const file = join(home.folder, 'python');
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

describe('a server', () => {
  it(
    'starts on a free port, is found again, and takes its workers with it when it stops',
    async () => {
      const state = await startServer(home, await python(), ANY_PORT);
      expect(state.port).toBeGreaterThan(0);
      expect(await runningServer(home)).toEqual(state);

      const workerPid = await invokeFunction(state);
      expect(isAlive(workerPid)).toBe(true);
      expect(readFileSync(home.log, 'utf8')).toContain(`port ${state.port}`);

      expect(await stopServer(home)).toBe(true);
      expect([isAlive(state.pid), isAlive(workerPid)]).toEqual([false, false]);
      expect(await runningServer(home)).toBeUndefined();
      expect(await stopServer(home)).toBe(false);
    },
    INSTALLING_MS,
  );

  it(
    'that was killed is not taken for running, and a new one replaces it',
    async () => {
      const killed = await startServer(home, await python(), ANY_PORT);
      process.kill(killed.pid, 'SIGKILL');
      await vi.waitUntil(() => !isAlive(killed.pid), 5_000);
      expect(await runningServer(home)).toBeUndefined();

      const state = await startServer(home, await python(), ANY_PORT);
      expect(state.pid).not.toBe(killed.pid);
      expect(await runningServer(home)).toEqual(state);
    },
    INSTALLING_MS,
  );
});

describe('a start that fails', () => {
  it('says what the log says and leaves nothing behind', async () => {
    const start = startServer(
      home,
      fakePython('echo "no module named ministack"; exit 1'),
      ANY_PORT,
    );
    await expect(start).rejects.toThrow(/ended while starting.*no module named ministack/s);
    expect(readState(home)).toBeUndefined();
  });

  it('on a taken port names the port', async () => {
    const state = await startServer(home, await python(), ANY_PORT);
    const second = { ...homeAt(join(home.folder, 'second')), venv: home.venv };
    await expect(startServer(second, await python(), { port: state.port })).rejects.toThrow(
      `port ${state.port} is taken`,
    );
  }, 30_000);

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'by %s ends the server it had started',
    async (signal) => {
      const sleeper = fakePython('sleep 600');
      const source = `
      import { startServer } from ${JSON.stringify(new URL('../../local/server.ts', import.meta.url).href)};
      await startServer(${JSON.stringify(home)}, ${JSON.stringify(sleeper)}, { port: 0 });`;
      const starter = spawn(
        process.execPath,
        ['--import', 'tsx', '--input-type=module', '-e', source],
        { stdio: 'ignore' },
      );
      const state = await vi.waitUntil(() => readState(home), 20_000);
      starter.kill(signal);
      const [, endedBy] = await once(starter, 'exit');
      expect(endedBy).toBe(signal);
      await vi.waitUntil(() => !isGroupAlive(state.pid), 5_000);
      expect(existsSync(home.state)).toBe(false);
    },
    30_000,
  );
});

describe('state left behind', () => {
  it('never ends a process that only has the same id', async () => {
    const stranger = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
    const pid = Number(stranger.pid);
    writeState(home, { pid, port: 1, iam: false, startedAt: '2026-01-01T00:00:00Z' });
    expect(await runningServer(home)).toBeUndefined();
    expect(await stopServer(home)).toBe(false);
    expect(isAlive(pid)).toBe(true);
    stranger.kill();
  });

  it.each(['', '{', '{"pid":1,"port":4566,"iam":false,"startedAt":""}', '{"pid":7}'])(
    'as %j counts as none',
    (text) => {
      writeFileSync(home.state, text);
      expect(readState(home)).toBeUndefined();
    },
  );
});

/** Creates and invokes a function; returns the id of the process that ran it. */
async function invokeFunction(state: State): Promise<number> {
  const source = join(home.folder, 'index.mjs');
  const zip = join(home.folder, 'function.zip');
  writeFileSync(source, "export const handler = async () => (console.log('ran'), process.pid);");
  await mustRun('zipping', await python(), ['-m', 'zipfile', '-c', zip, source], {});
  const lambda = new LambdaClient({
    endpoint: endpointOf(state),
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'pid',
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/any',
      Code: { ZipFile: readFileSync(zip) },
    }),
  );
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: 'pid' }));
  return Number(Payload?.transformToString());
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
