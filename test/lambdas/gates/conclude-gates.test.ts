import { beforeEach, describe, expect, it } from 'vitest';
import type { GateRecord } from '#aws/gate-results.ts';
import { DEFAULT_POLICY } from '#domain/gates/policy.ts';
import type { Verdict } from '#domain/gates/verdict.ts';
import { policyDocumentKey } from '#domain/registry/evidence-key.ts';
import { concludeGates } from '../../../lambdas/gates/conclude-gates.ts';
import { MemoryEvidence } from '../../support/memory-evidence.ts';
import { MemoryGateResults, MemoryRegistry } from '../../support/memory-registry.ts';
import {
  defaultPolicyHash,
  digestA,
  digestB,
  releaseOf,
  subject,
  versionRecord,
} from '../../support/sample-release.ts';

const record = versionRecord();
const release = releaseOf(record);
const counts = { pass: 0, inconclusive: 0, error: 0, fail: 0 };

/** The required gates that have passed before each test; performance is what the tests vary. */
const others = DEFAULT_POLICY.gates.required.filter((gate) => gate !== 'performance');
const passed = Object.fromEntries(others.map((gate) => [gate, 'pass']));

let evidence: MemoryEvidence;
let registry: MemoryRegistry;
let results: MemoryGateResults;

const conclude = () =>
  concludeGates({ evidence, registry, results, changes: registry })({ release });
const judged = (gate: string, verdict: Verdict, fields: Partial<GateRecord> = {}) =>
  results.records.push({
    gate,
    verdict,
    counts,
    result: { key: gate, versionId: '1', sha256: digestB },
    attestation: { key: `${gate}.sig`, versionId: '1', sha256: digestB },
    digest: digestA,
    policyHash: defaultPolicyHash,
    at: '2026-01-01T00:00:00.000Z',
    ...fields,
  });

beforeEach(async () => {
  evidence = new MemoryEvidence();
  registry = new MemoryRegistry();
  results = new MemoryGateResults();
  await evidence.putJson(policyDocumentKey('acme', defaultPolicyHash), DEFAULT_POLICY);
  registry.put(record);
  for (const gate of others) judged(gate, 'pass');
});

describe('concludeGates', () => {
  it('moves a version to STAGING when every required gate passed', async () => {
    judged('performance', 'pass');
    expect(await conclude()).toEqual({
      verdict: 'pass',
      gates: { ...passed, performance: 'pass' },
    });
    expect(await registry.version(subject)).toMatchObject({ state: 'STAGING' });
    expect(registry.transitions).toMatchObject([
      { reason: 'every required gate passed', actor: 'conclude-gates' },
    ]);
  });

  it.each(['inconclusive', 'error', 'fail'] as const)(
    'fails a version that a gate found to be %s, and says which',
    async (verdict) => {
      judged('performance', verdict);
      expect(await conclude()).toMatchObject({ verdict, gates: { performance: verdict } });
      expect(await registry.version(subject)).toMatchObject({
        state: 'FAILED',
        failure: `performance: ${verdict}`,
      });
    },
  );

  it('takes a gate that is missing for inconclusive', async () => {
    expect(await conclude()).toEqual({
      verdict: 'inconclusive',
      gates: { ...passed, performance: 'inconclusive' },
    });
    expect(await registry.version(subject)).toMatchObject({
      state: 'FAILED',
      failure: 'performance: no result',
    });
  });

  it.each([
    ['digest', { digest: digestB }],
    ['policy', { policyHash: digestB }],
  ])('ignores a pass on another %s', async (_, fields) => {
    judged('performance', 'pass', fields);
    expect(await conclude()).toMatchObject({ verdict: 'inconclusive' });
    expect(await registry.version(subject)).toMatchObject({ state: 'FAILED' });
  });

  it.each(['pass', 'fail'] as const)(
    'changes nothing the second time, after %s',
    async (verdict) => {
      judged('performance', verdict);
      const first = await conclude();
      const once = await registry.version(subject);
      expect(await conclude()).toEqual(first);
      expect(await registry.version(subject)).toEqual(once);
    },
  );

  it('faults when the version is somewhere else by now', async () => {
    judged('performance', 'pass');
    await registry.setState(subject, 'FAILED');
    await expect(conclude()).rejects.toThrow('iris@1.0.0 is FAILED, expected VALIDATION');
  });

  it('faults without the policy that the release is judged by', async () => {
    evidence.documents.clear();
    await expect(conclude()).rejects.toThrow(`no evidence policies/acme/${defaultPolicyHash}.json`);
    expect(await registry.version(subject)).toEqual(record);
  });
});
