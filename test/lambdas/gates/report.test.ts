import { beforeEach, describe, expect, it } from 'vitest';
import type { Judgement } from '#domain/gates/gate-result.ts';
import { gateResultKey } from '#domain/registry/evidence-key.ts';
import { runGate } from '../../../lambdas/gates/gate.ts';
import { recordGateFault } from '../../../lambdas/gates/record-gate-fault.ts';
import { keepReport } from '../../../lambdas/gates/report.ts';
import { MemoryArtifacts } from '../../support/memory-artifacts.ts';
import { MemoryEvidence } from '../../support/memory-evidence.ts';
import { MemoryGateResults } from '../../support/memory-registry.ts';
import {
  digestB,
  registered,
  releaseOf,
  subject,
  versionRecord,
} from '../../support/sample-release.ts';

const release = releaseOf(versionRecord());
const key = gateResultKey(subject, release.digest, 'schema', release.policyHash);
const passing: Judgement = {
  checks: [{ id: 'names', verdict: 'pass', message: 'same' }],
  evidence: { columns: 4 },
};
const failing: Judgement = { checks: [{ id: 'names', verdict: 'fail', message: 'other' }] };

let evidence: MemoryEvidence;
let results: MemoryGateResults;

const keep = (judgement: Judgement, startedAt = new Date()) =>
  keepReport({ evidence, results }, { release, gate: 'schema', judgement, startedAt });

beforeEach(() => {
  evidence = new MemoryEvidence();
  results = new MemoryGateResults();
});

describe('keepReport', () => {
  it('gives the labels that outcomes are told apart by to the registry, and not to the report', async () => {
    await keep({ ...passing, labels: ['no', 'yes'] });
    expect(results.labels).toEqual(['no', 'yes']);
    expect(evidence.text(key)).not.toContain('yes');
  });

  it('keeps the full result as evidence and its verdict in the registry', async () => {
    const startedAt = new Date(Date.now() - 250);
    const summary = await keep(passing, startedAt);
    const report = JSON.parse(evidence.text(key));
    expect(report).toEqual({
      schema: 'assay.gate-result/v1',
      gate: 'schema',
      ...subject,
      digest: release.digest,
      policyHash: release.policyHash,
      verdict: 'pass',
      checks: passing.checks,
      evidence: { columns: 4 },
      startedAt: startedAt.toISOString(),
      durationMs: expect.any(Number),
    });
    expect(report.durationMs).toBeGreaterThanOrEqual(250);
    expect(summary).toMatchObject({
      gate: 'schema',
      verdict: 'pass',
      counts: { pass: 1, inconclusive: 0, error: 0, fail: 0 },
      result: { key },
    });
    expect(results.records).toEqual([
      {
        ...summary,
        digest: release.digest,
        policyHash: release.policyHash,
        at: expect.any(String),
      },
    ]);
  });

  it('lets the first result stand, and tells a later one what it was', async () => {
    const first = await keep(failing);
    expect(await keep(passing)).toEqual(first);
    expect(results.records).toHaveLength(1);
    expect(results.records[0]?.verdict).toBe('fail');
  });

  it('writes the verdict that an earlier try kept as evidence but did not get to write', async () => {
    const first = await keep(failing);
    results.records.length = 0;
    expect(await keep(passing)).toEqual(first);
    expect(results.records[0]).toMatchObject({ verdict: 'fail', result: first.result });
  });

  it('faults when the registry holds a result that is not the one in evidence', async () => {
    await keep(failing);
    const [record] = results.records;
    if (!record) throw new Error('nothing was recorded');
    results.records[0] = { ...record, result: { ...record.result, sha256: digestB } };
    await expect(keep(passing)).rejects.toThrow(
      `gate schema has another result in the registry than in ${key}`,
    );
  });

  it('does not call a gate without checks passed', async () => {
    expect(await keep({ checks: [] })).toMatchObject({ verdict: 'inconclusive' });
  });

  it('returns at most 4 KB, however much was found', async () => {
    const check = { id: 'x', verdict: 'fail', message: 'm'.repeat(200) } as const;
    const summary = await keep({ checks: Array.from({ length: 1000 }, () => check) });
    expect(summary.counts.fail).toBe(1000);
    expect(JSON.stringify(summary).length).toBeLessThan(4096);
  });
});

describe('recordGateFault', () => {
  const record = (fault: object) =>
    recordGateFault({ evidence, results })({ gate: 'schema', release, fault });

  it('gives a gate that threw the verdict error, with the cause and what to do', async () => {
    const summary = await record({ Error: 'Runtime.HandlerError', Cause: 'no memory' });
    expect(summary).toMatchObject({ gate: 'schema', verdict: 'error' });
    expect(JSON.parse(evidence.text(key)).checks).toEqual([
      {
        id: 'gate-ran',
        verdict: 'error',
        observed: 'Runtime.HandlerError',
        message:
          "gate schema could not judge: no memory; see the function's log, then register the files under a new version",
      },
    ]);
  });

  it('does so when nothing is known of the fault', async () => {
    expect(await record({ Error: null })).toMatchObject({ verdict: 'error' });
    expect(JSON.parse(evidence.text(key)).checks[0]).toMatchObject({ observed: 'unknown' });
  });

  it('keeps the beginning of a long cause', async () => {
    await record({ Cause: 'x'.repeat(9000) });
    const [check] = JSON.parse(evidence.text(key)).checks;
    expect(check.message).toContain('x'.repeat(1000));
    expect(check.message).not.toContain('x'.repeat(1001));
  });

  it('does not undo what the gate had found before it ran out of time', async () => {
    await keep(passing);
    expect(await record({ Error: 'States.Timeout' })).toMatchObject({ verdict: 'pass' });
  });
});

describe('runGate', () => {
  it('gives the judge the record and the policy of the release, from evidence', async () => {
    const sample = await registered(new MemoryArtifacts(), evidence);
    const judge = runGate(
      'schema',
      async ({ record, policy, release: judged }) => {
        expect(record).toEqual(sample.record);
        expect(policy.gates.required).toContain('schema');
        expect(judged).toEqual(sample.release);
        return passing;
      },
      { evidence, results },
    );
    expect(await judge({ release: sample.release })).toMatchObject({ verdict: 'pass' });
  });

  it('faults when the record is of another digest than the release', async () => {
    const sample = await registered(new MemoryArtifacts(), evidence);
    const judge = runGate('schema', async () => passing, { evidence, results });
    const forged = { ...sample.release, digest: digestB };
    await expect(judge({ release: forged })).rejects.toThrow(`expected ${digestB}`);
    expect(results.records).toEqual([]);
  });

  it('faults when the policy document is not the one that was hashed', async () => {
    const sample = await registered(new MemoryArtifacts(), evidence);
    const document = `policies/acme/${sample.release.policyHash}.json`;
    evidence.documents.set(document, new TextEncoder().encode('{}'));
    const judge = runGate('schema', async () => passing, { evidence, results });
    await expect(judge({ release: sample.release })).rejects.toThrow(`${document} was altered`);
  });
});
