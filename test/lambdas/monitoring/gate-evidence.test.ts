import { beforeEach, expect, it } from 'vitest';
import { canonicalBytes } from '#domain/registry/canonical.ts';
import { dataAgeDays, judgedP95Ms } from '../../../lambdas/monitoring/gate-evidence.ts';
import { MemoryEvidence } from '../../support/memory-evidence.ts';
import { MemoryGateResults } from '../../support/memory-registry.ts';
import { digestA, digestB, versionRecord } from '../../support/sample-release.ts';

const version = versionRecord();
const counts = { pass: 1, inconclusive: 0, error: 0, fail: 0 };
const DAY = 86_400_000;

let evidence: MemoryEvidence;
let results: MemoryGateResults;
beforeEach(() => {
  evidence = new MemoryEvidence();
  results = new MemoryGateResults();
});

async function judged(gate: string, report: object, digest = digestA): Promise<void> {
  const result = await evidence.put(`${gate}.json`, canonicalBytes(report));
  results.records.push({
    ...{ gate, verdict: 'pass', counts, result, digest },
    ...{ policyHash: digestB, at: '2026-01-01T00:00:00.000Z' },
  });
}

it('gives the latency that the performance gate measured, where it did', async () => {
  expect(await judgedP95Ms({ evidence, results }, version)).toBeUndefined();
  const latency = { ok: true, value: { candidate: { calls: 10, p50Ms: 1, p95Ms: 2.5, p99Ms: 3 } } };
  await judged('performance', { gate: 'performance', evidence: { latency } });
  expect(await judgedP95Ms({ evidence, results }, version)).toBe(2.5);
});

it('gives none where nothing was timed', async () => {
  const latency = { ok: false, verdict: 'inconclusive', reason: 'too noisy' };
  await judged('performance', { gate: 'performance', evidence: { latency } });
  expect(await judgedP95Ms({ evidence, results }, version)).toBeUndefined();
});

it('gives the age that the data have by now', async () => {
  const startedAt = '2026-01-01T00:00:00.000Z';
  const checks = [
    { id: 'dataset.rows', observed: 7 },
    { id: 'dataset.freshness', observed: 3.5 },
  ];
  await judged('dataset', { startedAt, checks });
  const at = Date.parse(startedAt) + 10 * DAY;
  expect(await dataAgeDays({ evidence, results }, version, at)).toBe(13.5);
});

it('takes nothing from a gate that judged other bytes', async () => {
  const checks = [{ id: 'dataset.freshness', observed: 3.5 }];
  await judged('dataset', { startedAt: '2026-01-01T00:00:00.000Z', checks }, digestB);
  expect(await dataAgeDays({ evidence, results }, version, 0)).toBeUndefined();
});
