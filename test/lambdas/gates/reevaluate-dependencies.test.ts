import { beforeEach, describe, expect, it } from 'vitest';
import type { Reevaluations } from '#aws/reevaluations.ts';
import { buildSnapshot } from '#domain/gates/dependencies/osv/snapshot.ts';
import type { Reevaluation } from '#domain/gates/dependencies/reevaluation.ts';
import { reevaluationReportKey } from '#domain/registry/evidence-key.ts';
import { subjectPath } from '#domain/registry/subject.ts';
import type { Route, VersionRecord } from '#domain/registry/version-record.ts';
import { reevaluateDependencies } from '../../../lambdas/gates/reevaluate-dependencies.ts';
import { RECORDS, TORCH } from '../../domain/gates/dependencies/osv-records.ts';
import { MemoryAdvisories } from '../../support/memory-advisories.ts';
import { MemoryArtifacts } from '../../support/memory-artifacts.ts';
import { MemoryEvidence } from '../../support/memory-evidence.ts';
import { MemoryRegistry } from '../../support/memory-registry.ts';
import { digestA, digestB, registered, sampleFiles } from '../../support/sample-release.ts';

const NOW = 1_790_000_000;
const DAY = 86_400;

/** The registry's items in memory: a later snapshot takes the place of an earlier one. */
class MemoryReevaluations implements Pick<Reevaluations, 'get' | 'record'> {
  readonly kept = new Map<string, Reevaluation>();
  entries = 0;

  async get(subject: Parameters<Reevaluations['get']>[0]): Promise<Reevaluation | undefined> {
    return this.kept.get(subjectPath(subject));
  }

  async record(found: Reevaluation): ReturnType<Reevaluations['record']> {
    const before = this.kept.get(subjectPath(found));
    if (before && before.takenAt >= found.takenAt) return { ok: false, failed: ['reevaluation'] };
    this.kept.set(subjectPath(found), found);
    this.entries += 1;
    return { ok: true };
  }
}

let artifacts: MemoryArtifacts;
let advisories: MemoryAdvisories;
let evidence: MemoryEvidence;
let registry: MemoryRegistry;
let reevaluations: MemoryReevaluations;
let counted: unknown[];
beforeEach(() => {
  artifacts = new MemoryArtifacts();
  advisories = new MemoryAdvisories();
  evidence = new MemoryEvidence();
  registry = new MemoryRegistry();
  reevaluations = new MemoryReevaluations();
  counted = [];
  use(RECORDS.filter((each) => each !== TORCH).slice(1));
});

const use = (records: readonly unknown[], takenAt = NOW) =>
  advisories.use(buildSnapshot(records, { takenAt, source: digestA }));

/** Pages as the index gives them, two routes each. */
const routes = async (_limit: number, start: Record<string, unknown> = { at: 0 }) => {
  const at = Number(start.at);
  const items = [...registry.routes.values()].slice(at, at + 2);
  return at + 2 < registry.routes.size ? { items, next: { at: at + 2 } } : { items };
};

const run = () =>
  reevaluateDependencies({
    artifacts,
    advisories,
    evidence,
    registry: { routes, version: (subject) => registry.version(subject) },
    reevaluations,
    nowSeconds: () => NOW,
    count: (...counts) => void counted.push(counts),
  })();

async function running(tenant: string, model: string, needs: string): Promise<VersionRecord> {
  const files = { ...sampleFiles, 'requirements.txt': needs };
  const { version } = await registered(artifacts, evidence, files);
  const record: VersionRecord = { ...version, tenant, model, state: 'PRODUCTION' };
  // The policy document lies below the tenant's prefix.
  const policy = `policies/${tenant}/${version.policyHash}.json`;
  evidence.documents.set(
    policy,
    evidence.documents.get(`policies/acme/${version.policyHash}.json`) ?? Buffer.of(),
  );
  registry.put(record);
  const stable = { version: record.version, digest: record.digest };
  const route: Route = { tenant, model, generation: 1, stable, updatedAt: '' };
  registry.routes.set(`${tenant}/${model}`, route);
  return record;
}

describe('a version in production', () => {
  it('is judged by the new advisories under its own policy, and the result is kept', async () => {
    const version = await running('acme', 'iris', 'torch==2.5.1');
    expect(await run()).toEqual({ running: 1, vulnerable: [] });
    use(RECORDS, NOW + DAY);
    expect(await run()).toEqual({ running: 1, vulnerable: ['acme/iris/1.0.0'] });
    const digest = advisories.stored?.digest ?? digestB;
    const report = JSON.parse(
      evidence.text(reevaluationReportKey(version, version.digest, digest)),
    );
    expect(report).toMatchObject({
      schema: 'assay.reevaluation/v1',
      gate: 'dependencies',
      tenant: 'acme',
      model: 'iris',
      version: '1.0.0',
      digest: version.digest,
      policyHash: version.policyHash,
      snapshot: digest,
      verdict: 'fail',
    });
    expect(reevaluations.kept.get('acme/iris/1.0.0')).toMatchObject({
      verdict: 'fail',
      vulnerable: true,
      snapshot: digest,
      takenAt: NOW + DAY,
      counts: { fail: 2 },
    });
    expect(counted.at(-1)).toEqual([
      { Ecosystem: 'PyPI' },
      { RunningVersionsVulnerable: 1, RunningVersionsReevaluated: 1 },
    ]);
  });

  it('is found whichever tenant it is of', async () => {
    for (const tenant of ['acme', 'rival', 'third', 'fourth', 'fifth']) {
      await running(tenant, 'iris', tenant === 'rival' ? 'torch==2.5.1' : 'torch==2.6.0');
    }
    use(RECORDS, NOW + DAY);
    expect(await run()).toEqual({ running: 5, vulnerable: ['rival/iris/1.0.0'] });
  });

  it('is judged once by a snapshot, however often it is told of, and counted each time', async () => {
    await running('acme', 'iris', 'torch==2.5.1');
    use(RECORDS, NOW + DAY);
    const first = await run();
    const kept = evidence.documents.size;
    artifacts.read = () => Promise.reject(new Error('judged twice'));
    expect(await run()).toEqual(first);
    expect(reevaluations.entries).toBe(1);
    expect(evidence.documents.size).toBe(kept);
    expect(counted).toHaveLength(2);
    expect(counted[0]).toEqual(counted[1]);
  });

  it('is as the run that was first has found it, where two meet', async () => {
    await running('acme', 'iris', 'torch==2.5.1');
    use(RECORDS, NOW + DAY);
    await Promise.all([run(), run()]);
    expect(reevaluations.entries).toBe(1);
  });

  it('that merely needs something unpinned is undecided and not vulnerable', async () => {
    await running('acme', 'iris', 'numpy>=1');
    expect(await run()).toEqual({ running: 1, vulnerable: [] });
    expect(reevaluations.kept.get('acme/iris/1.0.0')?.verdict).toBe('inconclusive');
  });
});

describe('a run', () => {
  it('judges the others before it faults about those that it cannot judge', async () => {
    const altered = await running('acme', 'altered', 'torch==2.5.0');
    await running('acme', 'iris', 'torch==2.5.1');
    const other = { ...altered, model: 'moved', digest: digestB };
    registry.routes.set('acme/moved', {
      ...other,
      generation: 1,
      stable: { version: '1.0.0', digest: digestA },
    });
    registry.put(other);
    const [file] = (await artifacts.list('')).filter(({ key }) => key.endsWith('requirements.txt'));
    if (!file) throw new Error('nothing was uploaded');
    artifacts.tamper({ ...file, versionId: '1' }, 'torch==2.6.0');
    use(RECORDS, NOW + DAY);
    await expect(run()).rejects.toThrow(
      /^2 running versions could not be judged again: acme\/altered: .*altered; acme\/moved: .*digest/,
    );
    expect([...reevaluations.kept.keys()]).toEqual(['acme/iris/1.0.0']);
    expect(counted).toEqual([
      [{ Ecosystem: 'PyPI' }, { RunningVersionsVulnerable: 1, RunningVersionsReevaluated: 1 }],
    ]);
  });

  it('reads a shard once for all models', async () => {
    await running('acme', 'a', 'torch==2.6.0');
    await running('acme', 'b', 'torch==2.6.0');
    use(RECORDS, NOW + DAY);
    await run();
    expect(advisories.reads).toHaveLength(new Set(advisories.reads).size);
  });

  it('has nothing to do where nothing is in production', async () => {
    expect(await run()).toEqual({ running: 0, vulnerable: [] });
  });

  it('faults where there is no snapshot: it was started by one', async () => {
    advisories.stored = undefined;
    await expect(run()).rejects.toThrow('no snapshot of advisories');
  });
});
