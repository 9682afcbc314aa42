/**
 * Runs the example evaluation container's script on what PlanEvaluation lays out for two versions
 * of the example model, and keeps what it found for the tests of the judge:
 *
 *     pip install -r examples/evaluation-container/requirements.txt
 *     npx tsx bench/evaluation-container.ts python3
 *
 * Of the times the first 20 blocks are kept; the answers are whole.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { EvaluationPlan, jobName } from '#domain/gates/evaluation/plan.ts';
import { planEvaluation } from '../lambdas/gates/plan-evaluation.ts';
import { Stage } from '../test/lambdas/gates/evaluation/stage.ts';

const [python = 'python3'] = process.argv.slice(2);
const RECORDED = new URL('../test/lambdas/gates/evaluation/recorded.json', import.meta.url);
const CONTAINER = new URL('../examples/evaluation-container/evaluate.py', import.meta.url);

const stage = new Stage();
await stage.inProduction('1.0.0-baseline', '1.0.0');
const release = await stage.release('1.1.0-better');
const { plan } = await planEvaluation(stage.ports)({ release });
if (!plan) throw new Error('nothing was planned');

const root = mkdtempSync(join(tmpdir(), 'assay-evaluation-'));
const place = (path: string, bytes: Uint8Array | string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), bytes);
};
const input = `evaluations/${jobName(plan.sha256)}/input`;
const planText = stage.text(`${input}/plan.json`);
place('input/plan/plan.json', planText);
place('input/plan/rows.csv', stage.text(`${input}/rows.csv`));
const { candidate, baseline } = EvaluationPlan.parse(JSON.parse(planText));
for (const [role, model] of Object.entries({ candidate, baseline })) {
  const record = model && (await stage.record(model));
  for (const { path } of model?.files ?? []) {
    const file = record?.files.find((each) => each.path === path);
    if (file) place(`input/${role}/${path}`, await stage.artifacts.read(file));
  }
}

execFileSync(python, [CONTAINER.pathname, root], { stdio: 'inherit' });
const found = JSON.parse(readFileSync(join(root, 'output/evaluation.json'), 'utf8'));
const kept = { ...found, latency: found.latency.slice(0, 20) };
writeFileSync(RECORDED, `${JSON.stringify(kept)}\n`);
console.log(`${found.latency.length} blocks timed; ${RECORDED.pathname} written`);
