import { describe, expect, it } from 'vitest';
import {
  type DependencyEvidence,
  judgeDependencies,
  namesToRead,
  type ReadSnapshot,
} from '#domain/gates/dependencies/judge.ts';
import {
  buildSnapshot,
  readShard,
  shardsFor,
  snapshotDigest,
} from '#domain/gates/dependencies/osv/snapshot.ts';
import { parseDependencies } from '#domain/gates/dependencies/parse/document.ts';
import {
  DEFAULT_DEPENDENCY_POLICY,
  type DependencyPolicy,
} from '#domain/gates/dependencies/policy.ts';
import { verdictOf } from '#domain/gates/gate-result.ts';
import { parseDigest } from '#domain/registry/digest.ts';
import { RECORDS } from './osv-records.ts';

/** 2026-06-15, 12:00 UTC. */
const NOW = 1_781_524_800;
const DAY = 86_400;

/** Reads a snapshot as a gate does: only the shards that the packages need. */
function snapshot(names: readonly string[], records: readonly unknown[] = RECORDS, takenAt = NOW) {
  const built = buildSnapshot(records, { takenAt, source: parseDigest('ee'.repeat(32)) });
  const read = shardsFor(built.index, names).flatMap((digest) => [
    ...readShard(digest, new TextDecoder().decode(built.shards.get(digest))),
  ]);
  const { index } = built;
  return { index, digest: snapshotDigest(index), advisories: new Map(read) } satisfies ReadSnapshot;
}

interface Case {
  readonly file?: string;
  readonly text?: string;
  readonly policy?: Partial<DependencyPolicy>;
  readonly more?: Partial<DependencyEvidence>;
  readonly records?: readonly unknown[];
  readonly takenAt?: number;
}

const RUNTIME = parseDependencies('runtime.txt', 'onnxruntime==1.30.0').components;

function judge({ file = 'requirements.txt', text, policy = {}, more = {}, ...rest }: Case) {
  const documents = text === undefined ? [] : [parseDependencies(file, text)];
  const components = [...RUNTIME, ...documents.flatMap((each) => each.components)];
  return judgeDependencies({
    documents,
    format: 'onnx',
    savedWith: [],
    runtime: RUNTIME,
    snapshot: snapshot(namesToRead(components), rest.records, rest.takenAt),
    policy: { ...DEFAULT_DEPENDENCY_POLICY, ...policy },
    nowSeconds: NOW,
    ...more,
  });
}
const find = (given: Case, id: string) =>
  judge(given).filter((check) => check.id === `dependencies.${id}`);
const verdict = (given: Case) => verdictOf(judge(given));

const EXCEPTION = {
  id: 'CVE-2026-0001',
  reason: 'the parser is never called',
  approvedBy: 'person-1',
  expires: '2026-06-15',
};

describe('judgeDependencies', () => {
  it('passes exact releases that no advisory is about', () => {
    const checks = judge({ text: 'numpy==1.26.4\ntorch==2.6.0\n' });
    expect(verdictOf(checks)).toBe('pass');
    expect(checks.map(({ id }) => id.replace('dependencies.', ''))).toEqual([
      'declared',
      'readable',
      'pinned',
      'loader',
      'snapshot',
      'vulnerabilities',
    ]);
  });

  it('fails a known vulnerability once, by its best-known name, and tells what mends it', () => {
    const [check, ...others] = find({ text: 'numpy==1.26.4\ntorch==2.5.1+cu121' }, 'vulnerability');
    expect(others).toEqual([]);
    expect(check).toMatchObject({
      verdict: 'fail',
      where: 'requirements.txt:2',
      observed: {
        id: 'CVE-2025-32434',
        aliases: ['GHSA-53q9-r3pm-6pq6', 'PYSEC-2025-41'],
        package: 'pkg:pypi/torch@2.5.1+cu121',
        score: 9.3,
        fixed: '2.6.0',
      },
    });
    expect(check?.message).toContain('install torch==2.6.0');
    expect(find({ text: 'torch==2.5.1' }, 'vulnerabilities')).toMatchObject([
      { verdict: 'fail', observed: 1, threshold: 0 },
    ]);
  });

  it('says so when nothing mends a vulnerability', () => {
    const [check] = find({ text: 'sample-unmended==3.0' }, 'vulnerability');
    expect(check).toMatchObject({ verdict: 'fail', observed: { score: 1.8, fixed: null } });
    expect(check?.message).toContain('replace sample-unmended');
  });

  it('judges what serving itself installs to open the model', () => {
    const runtime = parseDependencies(
      'runtime.txt',
      'onnxruntime==1.30.0\ntorch==2.5.0',
    ).components;
    const names = snapshot(['torch']);
    expect(verdict({ text: 'numpy==1.26.4', more: { runtime, snapshot: names } })).toBe('fail');
  });

  it.each([
    ['numpy>=1.26', 'pinned'],
    ['numpy', 'pinned'],
    ['-r other.txt', 'readable'],
    ['numpy==1.26.4\n--extra-index-url https://a.b/simple', 'index'],
    ['numpy @ https://a.b/numpy.whl', 'readable'],
    ['sample-odd==1.0', 'vulnerability'],
    ['sample-malicious===odd', 'vulnerability'],
  ])('cannot decide on "%s": %s', (text, id) => {
    const [check] = find({ text }, id);
    expect(check?.verdict).toBe('inconclusive');
    expect(check?.message).toMatch(/;/);
    expect(check?.where).toMatch(/^requirements\.txt:\d$/);
    expect(verdict({ text })).toBe('inconclusive');
  });

  it('allows the index of PyPI, and others that the policy lists', () => {
    const text = '-i https://pypi.org/simple/\n--extra-index-url https://a.b/simple\nnumpy==1.26.4';
    expect(find({ text }, 'index')).toMatchObject([{ observed: 'https://a.b/simple' }]);
    const indexes = ['https://pypi.org/simple', 'https://a.b/simple/'];
    expect(verdict({ text, policy: { indexes } })).toBe('pass');
  });

  it('fails malware, which has no score, whatever the score that counts', () => {
    expect(verdict({ text: 'sample-malicious==0.0.1', policy: { scoreMin: 10 } })).toBe('fail');
  });

  it('lets a vulnerability below the score of the policy pass, and names it', () => {
    const given = { text: 'sample-branches==1.4.1', policy: { scoreMin: 7 } };
    expect(verdict(given)).toBe('pass');
    expect(find(given, 'vulnerability')[0]?.message).toContain('its score is below 7');
    expect(verdict({ ...given, policy: { scoreMin: 6.9 } })).toBe('fail');
  });

  it('lets as many vulnerabilities pass as the policy allows, and no more', () => {
    const text = 'sample-branches==1.4.1\ntorch==2.5.1';
    expect(verdict({ text, policy: { maxVulnerabilities: 2 } })).toBe('pass');
    expect(verdict({ text, policy: { maxVulnerabilities: 1 } })).toBe('fail');
  });

  describe('exceptions', () => {
    const text = 'sample-branches==1.4.1';

    it.each([
      [{}, 'pass'],
      [{ id: 'GHSA-aaaa-aaaa-aaaa' }, 'pass'],
      [{ package: 'sample-branches' }, 'pass'],
      [{ package: 'numpy' }, 'fail'],
      [{ id: 'CVE-2026-9999' }, 'fail'],
      [{ expires: '2026-06-14' }, 'fail'],
    ])('that differ by %j: %s', (more, expected) => {
      expect(verdict({ text, policy: { exceptions: [{ ...EXCEPTION, ...more }] } })).toBe(expected);
    });

    it('hold to the last second of their last day', () => {
      const at = (nowSeconds: number) =>
        verdict({ text, policy: { exceptions: [EXCEPTION] }, more: { nowSeconds } });
      expect([at(NOW + DAY / 2 - 1), at(NOW + DAY / 2)]).toEqual(['pass', 'fail']);
    });

    it('are named with their reason, and when they are over with their end', () => {
      const message = (expires: string) =>
        find({ text, policy: { exceptions: [{ ...EXCEPTION, expires }] } }, 'vulnerability')[0]
          ?.message;
      expect(message('2026-07-01')).toContain('accepted until 2026-07-01 by person-1: the parser');
      expect(message('2026-01-01')).toContain('the exception of person-1 ended on 2026-01-01');
    });

    it('do not pardon what is not known to be that vulnerability', () => {
      const exceptions = [{ ...EXCEPTION, id: 'GHSA-dddd-dddd-dddd' }];
      expect(verdict({ text: 'sample-odd==1.0', policy: { exceptions } })).toBe('inconclusive');
    });
  });

  describe('the snapshot', () => {
    const text = 'numpy==1.26.4';

    it('decides nothing when there is none', () => {
      const checks = judge({ text, more: { snapshot: undefined } });
      expect(verdictOf(checks)).toBe('inconclusive');
      expect(checks.some(({ id }) => id === 'dependencies.vulnerabilities')).toBe(false);
    });

    it('decides for as many days as the policy says', () => {
      expect(verdict({ text, takenAt: NOW - 7 * DAY })).toBe('pass');
      expect(verdict({ text, takenAt: NOW - 7 * DAY - 1 })).toBe('inconclusive');
      expect(verdict({ text, takenAt: NOW - 9 * DAY, policy: { snapshotMaxAgeDays: 10 } })).toBe(
        'pass',
      );
    });

    it('still fails what it knows when it is old', () => {
      expect(verdict({ text: 'torch==2.5.1', takenAt: NOW - 30 * DAY })).toBe('fail');
    });

    it('decides nothing when it is empty, or holds what nobody can read', () => {
      expect(verdict({ text, records: [] })).toBe('inconclusive');
      expect(verdict({ text, records: [...RECORDS, 7] })).toBe('inconclusive');
    });

    it('is recorded by its hash, so that the verdict can be reproduced', () => {
      const { digest } = snapshot(['numpy']);
      expect(find({ text }, 'snapshot')).toMatchObject([{ observed: { digest, ageDays: 0 } }]);
    });
  });

  it('needs nothing declared for a model that serving opens alone', () => {
    expect(verdict({})).toBe('pass');
    expect(verdict({ text: '# nothing\n' })).toBe('inconclusive');
    expect(verdict({ more: { format: 'pytorch' } })).toBe('inconclusive');
    expect(verdict({ more: { runtime: [] } })).toBe('inconclusive');
  });

  it('judges a package behind a marker unless the policy tells that it is not installed', () => {
    const text = 'numpy==1.26.4\ntorch==2.5.1 ; sys_platform == "win32"';
    const on = (sys_platform: string) => ({ text, policy: { environment: { sys_platform } } });
    expect(verdict({ text })).toBe('fail');
    expect(verdict(on('win32'))).toBe('fail');
    expect(verdict(on('linux'))).toBe('pass');
    expect(find(on('linux'), 'markers')[0]?.observed).toEqual(['pkg:pypi/torch@2.5.1']);
  });

  it('asks for hashes when the policy does', () => {
    const text = `numpy==1.26.4\ntorch==2.6.0 --hash=sha256:${'a'.repeat(64)}`;
    expect(find({ text, policy: { requireHashes: true } }, 'hashes')).toMatchObject([
      { verdict: 'inconclusive', where: 'requirements.txt:1' },
    ]);
  });

  it('has no advisories for conda, unless the policy judges by those of PyPI', () => {
    const given = { file: 'environment.yml', text: 'dependencies:\n  - pytorch==2.5.1\n' };
    expect(verdict(given)).toBe('inconclusive');
    const asPypi = { ...given, policy: { conda: 'as-pypi' as const } };
    expect(verdict(asPypi)).toBe('fail');
    expect(find(asPypi, 'vulnerability')).toMatchObject([{ observed: { fixed: '2.6.0' } }]);
  });

  it('judges a package whose name is a word of the language', () => {
    const text = 'dependencies:\n  - constructor==3.4.5\n';
    expect(verdict({ file: 'environment.yml', text, policy: { conda: 'as-pypi' } })).toBe('pass');
  });

  it('counts a release that several files declare once', () => {
    const documents = ['a.txt', 'b.txt'].map((file) => parseDependencies(file, 'torch==2.5.1'));
    expect(
      find({ more: { documents, snapshot: snapshot(['torch']) } }, 'vulnerabilities'),
    ).toMatchObject([{ observed: 1 }]);
  });
});
