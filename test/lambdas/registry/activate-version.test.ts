import { beforeEach, describe, expect, it } from 'vitest';
import type { Activation } from '#aws/activation.ts';
import type { Written } from '#aws/registry-table.ts';
import { DEFAULT_POLICY, resolvePolicy } from '#domain/gates/policy.ts';
import { hashOf } from '#domain/registry/canonical.ts';
import { sha256Hex } from '#domain/registry/digest.ts';
import type { PromotionBlock } from '#domain/rollout/record.ts';
import { startCandidate } from '#domain/serving/routing/candidate.ts';
import { firstRoute } from '#domain/serving/routing/promote.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';
import { activateVersion } from '../../../lambdas/registry/activate-version.ts';
import { MemoryArtifacts } from '../../support/memory-artifacts.ts';
import { MemoryEvidence } from '../../support/memory-evidence.ts';
import { MemoryPolicies } from '../../support/memory-policies.ts';
import { MemoryRegistry } from '../../support/memory-registry.ts';
import {
  digestB,
  registered,
  releaseOf,
  sampleFiles,
  subject,
  versionRecord,
} from '../../support/sample-release.ts';

const evaluation = {
  dataset: 'data/eval.csv',
  target: 'b',
  task: 'multiclass-classification',
} as const;
const approved = {
  state: 'STAGING',
  approval: 'approval-1',
  admission: { key: 'admission.json', versionId: '1', sha256: digestB },
} as const;

const digestC = sha256Hex(Buffer.from('c'));
const at = { ms: 0, iso: '2026-01-01T00:00:00.000Z' };

let evidence: MemoryEvidence;
let registry: MemoryRegistry;
let policies: MemoryPolicies;
let route: RouteDocument | undefined;
let block: PromotionBlock | undefined;
let sent: Activation[];
let answers: Written[];
/** What others do between the reading and the writing. */
let meanwhile: (() => void) | undefined;

const activate = (release = releaseOf(current())) =>
  activateVersion({
    evidence,
    registry,
    routes: { of: async () => route },
    policies,
    blocks: { of: async () => block },
    activations: {
      activate: async (activation) => {
        sent.push(activation);
        meanwhile?.();
        return answers[sent.length - 1] ?? { ok: true };
      },
    },
  })({ release });

function current() {
  const record = registry.records.get('acme/iris/1.0.0');
  if (!record) throw new Error('no version');
  return record;
}

/** Registers 1.0.0 with or without rows to judge by, in STAGING, approved and admitted. */
async function stage(withRows = true): Promise<void> {
  const fields = withRows ? { evaluation } : {};
  const { version } = await registered(new MemoryArtifacts(), evidence, sampleFiles, fields);
  registry.put({ ...version, ...approved });
}

/** Lets version 0.9.0 serve. */
function serve(): void {
  registry.put(versionRecord({ version: '0.9.0', state: 'PRODUCTION', digest: digestB }));
  const served = { version: '0.9.0', digest: digestB };
  route = { ...firstRoute({ tenant: 'acme', model: 'iris' }, served, at), generation: 4 };
}

beforeEach(async () => {
  evidence = new MemoryEvidence();
  registry = new MemoryRegistry();
  policies = new MemoryPolicies();
  route = undefined;
  block = undefined;
  sent = [];
  answers = [];
  meanwhile = undefined;
  await stage();
});

describe('a version that may serve', () => {
  it('takes over from nobody, when it is the first', async () => {
    expect(await activate()).toEqual({ outcome: 'activated', predecessor: null });
    expect(sent).toMatchObject([
      {
        version: current(),
        predecessor: undefined,
        route: { generation: 1, stable: { version: '1.0.0' } },
        seen: undefined,
        approval: 'approval-1',
        policyHash: current().policyHash,
        layers: { tenant: { revision: 0 }, model: { revision: 0 } },
      },
    ]);
  });

  it('takes over from what the route names', async () => {
    serve();
    expect(await activate()).toEqual({ outcome: 'activated', predecessor: '0.9.0' });
    expect(sent[0]).toMatchObject({
      predecessor: { version: '0.9.0', digest: digestB },
      route: { generation: 5, stable: { version: '1.0.0' }, previous: { version: '0.9.0' } },
      seen: { generation: 4, killEpoch: 0 },
    });
  });

  it('is activated already when the task is only retried', async () => {
    const release = releaseOf(current());
    const { version, digest } = current();
    serve();
    if (route) route = { ...route, stable: { version, digest, since: 4 } };
    await registry.setState(subject, 'PRODUCTION');
    expect(await activate(release)).toEqual({ outcome: 'activated', predecessor: null });
    expect(sent).toEqual([]);
  });
});

describe('the judging rows of a first version', () => {
  it('are pinned where the model has none', async () => {
    await activate();
    expect(sent[0]?.pin).toEqual({
      bucket: 'artifacts',
      key: 'uploads/AIDA1/acme/iris/u1/data/eval.csv',
      versionId: '1',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      evaluation,
    });
  });

  it('are never pinned a second time', async () => {
    await activate();
    const holdout = sent[0]?.pin;
    if (!holdout) throw new Error('nothing was pinned');
    policies.held.set('acme/iris', { revision: 1, holdout });
    const policyHash = hashOf(resolvePolicy(DEFAULT_POLICY, { holdout }));
    await activate({ ...releaseOf(current()), policyHash });
    expect(sent[1]?.pin).toBeUndefined();
  });

  it('are not pinned from an artifact that brings none', async () => {
    await stage(false);
    await activate();
    expect(sent[0]?.pin).toBeUndefined();
  });
});

describe('a version that may not serve', () => {
  it.each([
    ['approval', 'its approval is no longer APPROVED on this digest and policy'],
    ['policy', 'the policy changed after it was judged'],
    ['quarantine', 'its digest is in quarantine'],
  ])('is blocked by its %s, at once and for a reason', async (failed, reason) => {
    answers = [{ ok: false, failed: [failed, 'route'] }];
    expect(await activate()).toEqual({
      outcome: 'blocked',
      reason: expect.stringContaining(reason),
    });
    expect(sent).toHaveLength(1);
  });

  it('is blocked when the policy changed since it was judged', async () => {
    for (const level of ['acme/iris', 'acme/*']) {
      policies.held.clear();
      policies.held.set(level, { revision: 1, overlay: { performance: { eceMax: 0.01 } } });
      expect(await activate()).toMatchObject({
        outcome: 'blocked',
        reason: expect.stringContaining('the policy changed after it was judged'),
      });
    }
    expect(sent).toEqual([]);
  });

  it('is not blocked by a revision that changed nothing of what judged it', async () => {
    policies.held.set('acme/iris', { revision: 4 });
    expect(await activate()).toMatchObject({ outcome: 'activated' });
  });

  it('is blocked while another one is on trial', async () => {
    serve();
    const target = { version: '0.9.5', digest: digestC };
    const trial = route && startCandidate(route, { seen: route, target, leaseSeconds: 60 }, at);
    route = trial?.ok ? trial.route : undefined;
    expect(await activate()).toEqual({
      outcome: 'blocked',
      reason: expect.stringContaining('while 0.9.5 is on trial; end the trial first'),
    });
    expect(sent).toEqual([]);
  });

  it('is blocked for every reason there is', async () => {
    answers = [{ ok: false, failed: ['approval', 'quarantine'] }];
    expect(await activate()).toMatchObject({
      reason: expect.stringMatching(/approval.*; .*quaran/),
    });
  });

  it.each(['VALIDATION', 'DEPRECATED', 'FAILED', 'PRODUCTION'] as const)(
    'is blocked in %s while nothing routes to it',
    async (state) => {
      await registry.setState(subject, state);
      expect(await activate()).toEqual({
        outcome: 'blocked',
        reason: `it is ${state} with an approval, expected STAGING with one`,
      });
      expect(sent).toEqual([]);
    },
  );

  it.each([
    ['approval', 'it is STAGING with no approval, expected STAGING with one'],
    ['admission', 'it has no admission'],
  ])('is blocked without an %s', async (field, reason) => {
    registry.put({ ...current(), [field]: undefined });
    expect(await activate()).toEqual({ outcome: 'blocked', reason });
    expect(sent).toEqual([]);
  });
});

describe('a model that its monitoring blocks', () => {
  const drifting = { since: '2026-01-01T00:00:00.000Z', by: 'input-drift (page)' };

  it('gets no other version at once, and is told what can be done', async () => {
    serve();
    block = drifting;
    expect(await activate()).toEqual({
      outcome: 'blocked',
      reason: expect.stringMatching(
        /^since 2026-01-01T00:00:00.000Z promotions are blocked by input-drift \(page\); wait .*rollout start iris@1.0.0/,
      ),
    });
    expect(sent).toEqual([]);
  });

  it('gets none either where it is blocked between the reading and the writing', async () => {
    serve();
    answers = [{ ok: false, failed: ['monitoring'] }];
    meanwhile = () => {
      block = drifting;
    };
    expect(await activate()).toMatchObject({ outcome: 'blocked' });
    expect(sent).toHaveLength(1);
  });

  it('gets one where it is blocked no more at the second try', async () => {
    answers = [{ ok: false, failed: ['monitoring'] }];
    expect(await activate()).toMatchObject({ outcome: 'activated' });
    expect(sent[0]).not.toHaveProperty('despiteBlock');
  });
});

describe('activations that meet', () => {
  it('read again and try again', async () => {
    answers = [{ ok: false, failed: ['route', 'alias', 'predecessor'] }];
    meanwhile = serve;
    expect(await activate()).toEqual({ outcome: 'activated', predecessor: '0.9.0' });
    expect(sent.map(({ seen }) => seen?.generation)).toEqual([undefined, 4]);
  });

  it('give up after five tries', async () => {
    answers = Array.from({ length: 9 }, () => ({ ok: false, failed: ['route'] }));
    await expect(activate()).rejects.toThrow('the route of iris changed 5 times');
    expect(sent).toHaveLength(5);
  });

  it('fault when the route names a version that is missing', async () => {
    serve();
    registry.records.delete('acme/iris/0.9.0');
    await expect(activate()).rejects.toThrow('the route names iris@0.9.0, which is missing');
  });
});
