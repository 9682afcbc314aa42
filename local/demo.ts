import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pc from 'picocolors';
import * as z from 'zod/mini';
import { type Cloud, reset, up } from './cloud.ts';
import { Assay, type Ran } from './demo/assay.ts';
import {
  BRITTLE,
  type Changes,
  OF_TODAY,
  PERSONAL,
  POISONED,
  spoiled,
  VULNERABLE,
} from './demo/spoil.ts';
import { Story } from './demo/story.ts';
import { tamper } from './demo/tamper.ts';
import { Traffic } from './demo/traffic.ts';
import { PEOPLE, settlePeople, TENANT } from './people.ts';

const MODEL = 'breast-cancer';
const EXAMPLES = `examples/${MODEL}`;
const ROLLOUT = 'examples/rollout';
const LOAN = 'loan';
const LOANS = 'examples/unfair-loan';
/** The CLI's exit codes that the story turns on. */
const OK = 0;
const REFUSED = 1;
const UNDECIDED = 2;
/** Activation follows the last vote by a wake-up of the release. */
const PATIENCE_MS = 30_000;
/** Shadow and a first look go before. */
const TRIAL_MS = 180_000;

const Version = z.object({
  state: z.string(),
  gates: z.array(z.object({ gate: z.string(), verdict: z.string() })),
  approval: z.optional(z.object({ id: z.string() })),
});
const Models = z.object({
  models: z.array(
    z.object({ model: z.string(), versions: z.array(z.object({ version: z.string() })) }),
  ),
});
const Revision = z.object({ revision: z.number() });
const Refusal = z.object({ error: z.object({ message: z.string() }) });
const Rollout = z.object({ version: z.string() });
const Prediction = z.object({ model_version: z.string() });

const startedMs = Date.now();
const story = new Story();
const say = (line: string): void => console.log(pc.dim(`   ${line}`));

console.log(pc.bold('Assay on this machine: nothing here reaches AWS.'));
const { cloud, assay } = await begin();
const upSeconds = seconds();
say(`deployed, with a submitter, three reviewers and two admins, after ${upSeconds} s`);

await story.chapter('Two admins let a small, old data set do, and small steps', async () => {
  say('341 rows of 1995, where the default policy asks for 10,000 of the last 30 days,');
  say('and a rollout judged by dozens of requests, where it asks for thousands');
  const policy = ['policy', 'set', MODEL, '--file', `${ROLLOUT}/policy.json`];
  const first = await assay.show('admin-1', ...policy);
  story.expect('exit code of one admin', first.code, UNDECIDED);
  const { code, json } = await assay.ask('admin-2', ...policy);
  say(`admin-2 sets the same: revision ${Revision.parse(json).revision}`);
  story.expect('exit code of both', code, OK);
});

await story.chapter('A baseline is registered, signed and judged', async () => {
  await register(`${EXAMPLES}/1.0.0-baseline`, OK);
  story.expect('stage', (await version('1.0.0')).state, 'STAGING');
});

await story.chapter('Two people approve it; the submitter may not', async () => {
  const approval = await approvalOf('1.0.0');
  const own = await assay.show('submitter', 'approve', approval);
  story.expect('exit code of the own vote', own.code, REFUSED);
  await approve('1.0.0');
  await assay.show('submitter', 'status', `${MODEL}@1.0.0`);
});

await story.chapter('It answers predictions', async () => {
  await assay.show('submitter', 'predict', MODEL, '--file', `${EXAMPLES}/predict.json`);
  await servedBy('1.0.0');
});

await story.chapter('A better version comes to traffic by evidence', async () => {
  await register(`${EXAMPLES}/1.1.0-better`, OK);
  await vote('1.1.0');
  say('clients go on asking: first they get copies answered, then one in ten, a half, and all');
  const clients = new Traffic(cloud, 'submitter', MODEL, `${EXAMPLES}/traffic.csv`);
  const { code } = await assay.show('submitter', 'rollout', 'status', MODEL, '--follow');
  const { failures, versions } = await clients.stop();
  story.expect('exit code of the rollout', code, OK);
  story.expect('requests that failed', failures, 0);
  story.expect('versions that answered', Object.keys(versions).sort(), ['1.0.0', '1.1.0']);
  story.expect('stage of 1.1.0', (await version('1.1.0')).state, 'PRODUCTION');
  story.expect('stage of its predecessor', (await version('1.0.0')).state, 'DEPRECATED');
});

await story.chapter('A worse version is refused by the performance gate', async () => {
  await register(`${EXAMPLES}/1.2.0-worse`, REFUSED);
  story.expect('stage', (await version('1.2.0')).state, 'FAILED');
});

await story.chapter('A poisoned artifact is refused by the security gate', async () => {
  say('a copy of the better version, with a pickle beside it that calls itself notes.txt');
  await refuse(spoiledCopy('poisoned', '1.3.0', POISONED), '1.3.0', 'security');
});

await story.chapter('A vulnerable dependency is refused', async () => {
  say('a copy that also needs pyyaml 5.3.1');
  await refuse(spoiledCopy('vulnerable', '1.4.0', VULNERABLE), '1.4.0', 'dependencies');
});

await story.chapter('Training data that name patients are refused', async () => {
  say('a copy whose training rows kept a column of addresses');
  await refuse(spoiledCopy('personal', '1.5.0', PERSONAL), '1.5.0', 'privacy');
});

await story.chapter('An unfair model is refused', async () => {
  say('another model: it grants loans to the one group two thirds as often as to the other');
  const artifact = spoiled(`${LOANS}/1.1.0-unfair`, copyAt('unfair'), '1.1.0', OF_TODAY);
  await refuse(artifact, '1.1.0', 'performance', LOAN);
});

await story.chapter('A breaking change under a patch number is refused', async () => {
  await register(`${EXAMPLES}/1.1.1-schema-breaker`, REFUSED);
  const { json } = await assay.ask('submitter', 'list');
  const listed = Models.parse(json).models.find(({ model }) => model === MODEL);
  const numbers = listed?.versions.map(({ version: number }) => number);
  story.expect('versions', numbers, ['1.5.0', '1.4.0', '1.3.0', '1.2.0', '1.1.0', '1.0.0']);
});

await story.chapter('A version that fails in production is rolled back by itself', async () => {
  say('it answers NaN to rows that no gate has: it passes them all, and people approve it');
  await register(spoiledCopy('brittle', '1.6.0', BRITTLE), OK);
  await vote('1.6.0');
  const clients = new Traffic(cloud, 'submitter', MODEL, `${EXAMPLES}/traffic.csv`);
  const routed = await until(async () => (clients.seen().versions['1.6.0'] ?? 0) > 0, TRIAL_MS);
  story.expect('1.6.0 answers some', routed, true);
  say('from now on a feature drifts to where nobody trained or tested it');
  clients.shift = 16;
  const { code } = await assay.show('submitter', 'rollout', 'status', MODEL, '--follow');
  const { failures } = await clients.stop();
  story.expect('exit code of the rollout', code, REFUSED);
  story.expect('requests that failed: stable answered instead', failures, 0);
  await assay.show('submitter', 'rollback', 'list', MODEL);
  await servedBy('1.1.0');
});

await story.chapter('Tampered weights are not served', async () => {
  const subject = { tenant: TENANT, model: MODEL, version: '1.1.0' };
  say('somebody with every right but the signing keys alters the weights and the registry');
  const repair = await tamper(cloud, subject);
  const refused = await until(async () => {
    const answer = Refusal.safeParse((await predict()).json);
    return answer.success && answer.data.error.message.includes('did not pass verification');
  });
  await assay.show('submitter', 'predict', MODEL, '--file', `${EXAMPLES}/predict.json`);
  story.expect('the altered version is refused', refused, true);
  await repair();
  const served = await until(async () => (await predict()).code === OK);
  story.expect('the signed version answers again', served, true);
});

await story.chapter('Anybody can verify what was signed', async () => {
  const { code } = await assay.show('reviewer-3', 'verify', `${MODEL}@1.1.0`);
  story.expect('exit code', code, OK);
});

const good = story.summary();
console.log(`\n  ${upSeconds} s to start and deploy, ${seconds()} s in all.`);
console.log(`
  Look around:
    npm run local:up        the same cloud again: its addresses, and how to sign in
    npm run local:logs      what the functions wrote
    npm run local:down      stop it`);
process.exitCode = good ? 0 : 1;

/** The story needs a cloud without its model; it empties one that holds nothing else. */
async function begin(): Promise<{ cloud: Cloud; assay: Assay }> {
  const opened = await open();
  const { json } = await opened.assay.ask('submitter', 'list');
  const models = Models.parse(json).models.map(({ model }) => model);
  if (!models.includes(MODEL)) return opened;
  if (models.some((model) => model !== MODEL && model !== LOAN)) {
    throw new Error(
      `the local cloud holds ${models.join(', ')}; the demo needs one without ${MODEL}: npm run local:reset`,
    );
  }
  say('the demo ran here before: starting from an empty cloud');
  await reset();
  return open();
}

async function open(): Promise<{ cloud: Cloud; assay: Assay }> {
  const cloud = await up({ say });
  const assay = new Assay(cloud, await settlePeople(cloud));
  await Promise.all(PEOPLE.map(({ name }) => assay.login(name)));
  return { cloud, assay };
}

async function register(artifact: string, expected: number): Promise<void> {
  const { code } = await assay.show('submitter', 'register', artifact);
  story.expect('exit code', code, expected);
}

function copyAt(name: string): string {
  return relative(process.cwd(), join(cloud.folder, 'demo', name));
}

function spoiledCopy(name: string, number: string, changes: Changes): string {
  return spoiled(`${EXAMPLES}/1.1.0-better`, copyAt(name), number, changes);
}

/** Registers an artifact that the gate named must fail. */
async function refuse(
  artifact: string,
  number: string,
  gate: string,
  model = MODEL,
): Promise<void> {
  const { code } = await assay.show('submitter', 'register', artifact);
  story.expect('exit code', code, REFUSED);
  const { state, gates } = await version(number, model);
  story.expect('stage', state, 'FAILED');
  const failed = gates.find((each) => each.gate === gate)?.verdict;
  story.expect(`verdict of gate ${gate}`, failed, 'fail');
}

/** @returns once the rollout of the version has begun */
async function vote(number: string): Promise<void> {
  const approval = await approvalOf(number);
  await assay.show('reviewer-1', 'approve', approval);
  await assay.show('reviewer-2', 'approve', approval, '--comment', 'evidence read');
  const begun = await until(async () => {
    const { json } = await assay.ask('submitter', 'rollout', 'status', MODEL);
    return Rollout.safeParse(json).data?.version === number;
  });
  story.expect(`the rollout of ${number} has begun`, begun, true);
}

async function approve(number: string): Promise<void> {
  const approval = await approvalOf(number);
  await assay.show('reviewer-1', 'approve', approval);
  await assay.show('reviewer-2', 'approve', approval, '--comment', 'evidence read');
  const active = await until(async () => (await version(number)).state === 'PRODUCTION');
  story.expect(`${number} is in production`, active, true);
}

async function approvalOf(number: string): Promise<string> {
  const { approval } = await version(number);
  if (!approval) throw new Error(`${MODEL}@${number} waits for no approval`);
  return approval.id;
}

async function version(number: string, model = MODEL): Promise<z.infer<typeof Version>> {
  return Version.parse((await assay.ask('submitter', 'status', `${model}@${number}`)).json);
}

function predict(): Promise<Ran> {
  return assay.ask('submitter', 'predict', MODEL, '--file', `${EXAMPLES}/predict.json`);
}

/** Routes are cached for two seconds, so a new version answers that much later. */
async function servedBy(number: string): Promise<void> {
  const served = await until(async () => {
    const { code, json } = await predict();
    return code === OK && Prediction.parse(json).model_version === number;
  });
  story.expect(`${number} answers`, served, true);
}

async function until(
  condition: () => Promise<boolean>,
  patienceMs = PATIENCE_MS,
): Promise<boolean> {
  const deadlineMs = Date.now() + patienceMs;
  while (Date.now() < deadlineMs) {
    if (await condition()) return true;
    await sleep(300);
  }
  return false;
}

function seconds(): number {
  return Math.round((Date.now() - startedMs) / 1000);
}
