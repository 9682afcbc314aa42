import { appendFileSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { loadAdvisories } from './advisories.ts';
import {
  type AppToDeploy,
  assemblyDigest,
  bootstrap,
  deployAll,
  type Outputs,
  readOutputs,
  synthesise,
} from './deploy.ts';
import { clientVariables } from './environment.ts';
import { type Home, homeAt, makeHome, PROJECT } from './home.ts';
import { withLock } from './lock.ts';
import { requireLoopback } from './loopback.ts';
import { restoreDropped } from './restore.ts';
import { endpointOf, runningServer, type StartOptions, startServer, stopServer } from './server.ts';
import { readState, type State, writeState } from './state.ts';
import { ensureVenv } from './venv.ts';

/** A running local cloud with the app deployed to it. */
export interface Cloud {
  /** `http://127.0.0.1:<port>`: an IP address, so that S3 clients put the bucket in the path. */
  readonly endpoint: string;
  readonly outputs: Outputs;
  /** Environment variables that point any AWS client at this cloud. */
  readonly variables: Readonly<Record<string, string>>;
  /** All that it leaves on the disk. */
  readonly folder: string;
  /** The server's log file. */
  readonly log: string;
  /** Stops the server; everything in it is gone. */
  down(): Promise<void>;
}

export interface UpOptions extends StartOptions {
  /** Folder for all that this cloud leaves on the disk; by default ASSAY_LOCAL_HOME, else `.local`. */
  readonly home?: string;
  readonly app?: Partial<AppToDeploy>;
  /** Told of each step as it begins. */
  readonly say?: (line: string) => void;
}

/**
 * Starts the local cloud, or takes the one that runs, and deploys the app unless exactly this
 * app is deployed. A changed app starts from an empty cloud, since a failed update would
 * destroy its resources there.
 *
 * @throws Error with the output of whatever failed.
 */
export async function up(options: UpOptions = {}): Promise<Cloud> {
  const { say = () => {} } = options;
  const home = homeAt(options.home);
  const app = { project: PROJECT, config: 'local/deployment.json', ...options.app };
  return withLock(home, async () => {
    const state = await ensureServer(home, options, say);
    const endpoint = endpointOf(state);
    await ensureDeployed(app, home, state, say);
    return {
      endpoint,
      outputs: readOutputs(home, endpoint),
      variables: clientVariables(endpoint),
      folder: home.folder,
      log: home.log,
      down: async () => void (await down({ home: options.home })),
    };
  });
}

/** Stops the cloud of a home; false when none ran. */
export async function down(options: Pick<UpOptions, 'home'> = {}): Promise<boolean> {
  const home = homeAt(options.home);
  if (!existsSync(home.folder)) return false;
  return withLock(home, () => stopServer(home));
}

/** Empties the running cloud, so that the next `up` deploys anew; false when none runs. */
export async function reset(options: Pick<UpOptions, 'home'> = {}): Promise<boolean> {
  const home = homeAt(options.home);
  if (!existsSync(home.folder)) return false;
  return withLock(home, async () => {
    const state = await runningServer(home);
    if (state) await empty(home, state);
    return state !== undefined;
  });
}

/** The running server, with what is deployed; undefined when none runs. */
export async function status(
  options: Pick<UpOptions, 'home'> = {},
): Promise<(State & { readonly endpoint: string }) | undefined> {
  const state = await runningServer(homeAt(options.home));
  return state && { ...state, endpoint: endpointOf(state) };
}

async function ensureServer(
  home: Home,
  asked: StartOptions,
  say: (line: string) => void,
): Promise<State> {
  const running = await runningServer(home);
  if (running) {
    refuseOther('port', running.port, asked.port || undefined);
    refuseOther('iam', running.iam, asked.iam);
    say(`using the server that runs on port ${running.port}`);
    return running;
  }
  const python = await ensureVenv(home, say);
  const started = await startServer(home, python, asked);
  say(`started MiniStack on port ${started.port}${started.iam ? ', enforcing IAM' : ''}`);
  return started;
}

function refuseOther<T>(what: string, running: T, asked: T | undefined): void {
  if (asked === undefined || asked === running) return;
  throw new Error(
    `the local cloud already runs with ${what} ${running}, asked for ${asked}; ` +
      'stop it first: npm run local:down',
  );
}

async function ensureDeployed(
  app: AppToDeploy,
  home: Home,
  state: State,
  say: (line: string) => void,
): Promise<void> {
  const endpoint = requireLoopback(endpointOf(state));
  const fresh = readState(home)?.deployed === undefined;
  say(fresh ? 'synthesising the app and bootstrapping the account' : 'synthesising the app');
  if (fresh) await empty(home, state);
  const steps = await Promise.allSettled([
    synthesise(app, home, endpoint),
    fresh && bootstrap(app, home, endpoint),
  ]);
  for (const step of steps) if (step.status === 'rejected') throw step.reason;
  const digest = assemblyDigest(home);
  if (!fresh) {
    if (state.deployed === digest) {
      say('the app is deployed as it is');
      return seed(home, endpoint);
    }
    say('the app has changed: starting from an empty cloud');
    await empty(home, state);
    await bootstrap(app, home, endpoint);
  }
  say('deploying the app');
  await deployAll(app, home, endpoint);
  await restoreDropped(home, endpoint);
  say('loading the example advisories');
  await seed(home, endpoint);
  writeState(home, { ...state, deployed: digest });
}

/** Trials of the local cloud itself deploy apps that have no such bucket. */
async function seed(home: Home, endpoint: string): Promise<void> {
  const bucket = readOutputs(home, endpoint).Assay?.DataBucket;
  if (bucket !== undefined) await loadAdvisories(home, endpoint, bucket);
}

async function empty(home: Home, state: State): Promise<void> {
  const { deployed: _, ...blank } = state;
  writeState(home, blank);
  rmSync(home.outputs, { force: true });
  const answer = await fetch(`${endpointOf(state)}/_ministack/reset`, { method: 'POST' });
  if (!answer.ok) throw new Error(`MiniStack answered the reset with ${answer.status}`);
  for (const name of readdirSync(home.temporary)) {
    if (name.startsWith('ministack-lambda-')) {
      rmSync(join(home.temporary, name), { recursive: true, force: true });
    }
  }
  makeHome(home);
  appendFileSync(home.log, 'reset\n');
}
