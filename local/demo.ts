import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pc from 'picocolors';
import * as z from 'zod/mini';
import { askDrifted, sweepNow, WRITE_GAP_MS } from './demo/drift.ts';
import { EXAMPLES, LOAN, LOANS, MODEL, OK, REFUSED, ROLLOUT, UNDECIDED } from './demo/models.ts';
import { OnCall } from './demo/on-call.ts';
import { begin, Models } from './demo/opening.ts';
import { Releases } from './demo/releases.ts';
import { BRITTLE, OF_TODAY, PERSONAL, POISONED, VULNERABLE } from './demo/spoil.ts';
import { Story } from './demo/story.ts';
import { tamper } from './demo/tamper.ts';
import { Traffic } from './demo/traffic.ts';
import { until } from './demo/until.ts';
import { TENANT } from './people.ts';

/** Shadow and a first look go before. */
const TRIAL_MS = 180_000;

const Revision = z.object({ revision: z.number() });
const Refusal = z.object({ error: z.object({ message: z.string() }) });

const startedMs = Date.now();
const story = new Story();
const say = (line: string): void => console.log(pc.dim(`   ${line}`));

console.log(pc.bold('Assay on this machine: nothing here reaches AWS.'));
const { cloud, assay } = await begin(say);
const releases = new Releases(cloud, assay, story);
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
  await releases.register(`${EXAMPLES}/1.0.0-baseline`, OK);
  story.expect('stage', (await releases.version('1.0.0')).state, 'STAGING');
});

await story.chapter('Two people approve it; the submitter may not', async () => {
  const approval = await releases.approvalOf('1.0.0');
  const own = await assay.show('submitter', 'approve', approval);
  story.expect('exit code of the own vote', own.code, REFUSED);
  await releases.approve('1.0.0');
  await assay.show('submitter', 'status', `${MODEL}@1.0.0`);
});

await story.chapter('It answers predictions', async () => {
  await assay.show('submitter', 'predict', MODEL, '--file', `${EXAMPLES}/predict.json`);
  await releases.servedBy('1.0.0');
});

await story.chapter('A better version comes to traffic by evidence', async () => {
  await releases.register(`${EXAMPLES}/1.1.0-better`, OK);
  await releases.begin('1.1.0');
  say('clients go on asking: first they get copies answered, then one in ten, a half, and all');
  const clients = new Traffic(cloud, 'submitter', MODEL, `${EXAMPLES}/traffic.csv`);
  const { code } = await assay.show('submitter', 'rollout', 'status', MODEL, '--follow');
  const { failures, versions } = await clients.stop();
  story.expect('exit code of the rollout', code, OK);
  story.expect('requests that failed', failures, 0);
  story.expect('versions that answered', Object.keys(versions).sort(), ['1.0.0', '1.1.0']);
  story.expect('stage of 1.1.0', (await releases.version('1.1.0')).state, 'PRODUCTION');
  story.expect('stage of its predecessor', (await releases.version('1.0.0')).state, 'DEPRECATED');
});

await story.chapter('A worse version is refused by the performance gate', async () => {
  await releases.register(`${EXAMPLES}/1.2.0-worse`, REFUSED);
  story.expect('stage', (await releases.version('1.2.0')).state, 'FAILED');
});

await story.chapter('A poisoned artifact is refused by the security gate', async () => {
  say('a copy of the better version, with a pickle beside it that calls itself notes.txt');
  await releases.refuse(releases.copyOfBetter('poisoned', '1.3.0', POISONED), '1.3.0', 'security');
});

await story.chapter('A vulnerable dependency is refused', async () => {
  say('a copy that also needs pyyaml 5.3.1');
  await releases.refuse(
    releases.copyOfBetter('vulnerable', '1.4.0', VULNERABLE),
    '1.4.0',
    'dependencies',
  );
});

await story.chapter('Training data that name patients are refused', async () => {
  say('a copy whose training rows kept a column of addresses');
  await releases.refuse(releases.copyOfBetter('personal', '1.5.0', PERSONAL), '1.5.0', 'privacy');
});

await story.chapter('An unfair model is refused', async () => {
  say('another model: it grants loans to the one group two thirds as often as to the other');
  const artifact = releases.copy(`${LOANS}/1.1.0-unfair`, 'unfair', '1.1.0', OF_TODAY);
  await releases.refuse(artifact, '1.1.0', 'performance', LOAN);
});

await story.chapter('A breaking change under a patch number is refused', async () => {
  await releases.register(`${EXAMPLES}/1.1.1-schema-breaker`, REFUSED);
  const { json } = await assay.ask('submitter', 'list');
  const listed = Models.parse(json).models.find(({ model }) => model === MODEL);
  const numbers = listed?.versions.map(({ version: number }) => number);
  story.expect('versions', numbers, ['1.5.0', '1.4.0', '1.3.0', '1.2.0', '1.1.0', '1.0.0']);
});

await story.chapter('A version that fails in production is rolled back by itself', async () => {
  say('it answers NaN to rows that no gate has: it passes them all, and people approve it');
  await releases.register(releases.copyOfBetter('brittle', '1.6.0', BRITTLE), OK);
  await releases.begin('1.6.0');
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
  await releases.servedBy('1.1.0');
});

await story.chapter('Tampered weights are not served', async () => {
  const subject = { tenant: TENANT, model: MODEL, version: '1.1.0' };
  say('somebody with every right but the signing keys alters the weights and the registry');
  const repair = await tamper(cloud, subject);
  const refused = await until(async () => {
    const answer = Refusal.safeParse((await releases.predict()).json);
    return answer.success && answer.data.error.message.includes('did not pass verification');
  });
  await assay.show('submitter', 'predict', MODEL, '--file', `${EXAMPLES}/predict.json`);
  story.expect('the altered version is refused', refused, true);
  await repair();
  const served = await until(async () => (await releases.predict()).code === OK);
  story.expect('the signed version answers again', served, true);
});

await story.chapter('Anybody can verify what was signed', async () => {
  const { code } = await assay.show('reviewer-3', 'verify', `${MODEL}@1.1.0`);
  story.expect('exit code', code, OK);
});

await story.chapter('What it is asked drifts, and somebody is told', async () => {
  const onCall = await OnCall.of(cloud.endpoint, cloud.outputs.Assay?.AlarmTopic ?? '');
  say('clients begin to measure in another unit: every feature is half as large again');
  const asked = { person: 'submitter', model: MODEL, csv: `${EXAMPLES}/traffic.csv` };
  for (const factor of [1.5, 1.6]) {
    story.expect('status of a thousand rows', await askDrifted(cloud, asked, factor), 200);
    // What the first request finds too soon to write is written with the second.
    if (factor === 1.5) await pause(WRITE_GAP_MS);
  }
  say('the sweep that a schedule runs every hour runs now');
  await sweepNow(cloud);
  let page: string | undefined;
  const told = await until(async () => {
    page = (await onCall.heard()).find((message) => message.includes(MODEL));
    return page !== undefined;
  });
  story.expect('the alarm was delivered', told, true);
  for (const line of page?.split('\n') ?? []) say(line);
  const html = join(cloud.folder, 'demo', 'drift.html');
  const { code } = await assay.show('submitter', 'drift', MODEL, '--html', relative('.', html));
  story.expect('exit code of a model that drifts', code, REFUSED);
  story.expect('the report is there', existsSync(html), true);
});

const good = story.summary();
console.log(`\n  ${upSeconds} s to start and deploy, ${seconds()} s in all.`);
console.log(`
  Look around:
    npm run local:up        the same cloud again: its addresses, and how to sign in
    npm run local:logs      what the functions wrote
    npm run local:down      stop it`);
process.exitCode = good ? 0 : 1;

function seconds(): number {
  return Math.round((Date.now() - startedMs) / 1000);
}
