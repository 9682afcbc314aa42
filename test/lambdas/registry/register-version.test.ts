import { beforeEach, describe, expect, it } from 'vitest';
import type { Person } from '#domain/access/person.ts';
import { DEFAULT_POLICY } from '#domain/gates/policy.ts';
import { ArtifactRecord } from '#domain/registry/artifact.ts';
import { sha256Hex } from '#domain/registry/digest.ts';
import type { Manifest } from '#domain/registry/manifest.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import { type RegisterPorts, registerVersion } from '../../../lambdas/registry/register-version.ts';
import { MemoryApprovals } from '../../support/memory-approvals.ts';
import { MemoryArtifacts } from '../../support/memory-artifacts.ts';
import { MemoryClaims } from '../../support/memory-claims.ts';
import { MemoryEvidence } from '../../support/memory-evidence.ts';
import { MemoryPolicies } from '../../support/memory-policies.ts';
import { MemoryRegistry } from '../../support/memory-registry.ts';
import {
  approvalOf,
  defaultPolicyHash,
  type Files,
  linearIo,
  manifestOf,
  sampleFiles,
} from '../../support/sample-release.ts';

const sam: Person = { id: 'sam', tenant: 'acme', roles: ['data_scientist'] };
const subject = { tenant: 'acme', model: 'iris' };

let artifacts: MemoryArtifacts;
let evidence: MemoryEvidence;
let registry: MemoryRegistry;
let claims: MemoryClaims;
let approvals: MemoryApprovals;
let policies: MemoryPolicies;
let people: Record<string, Person>;

const ports = (): RegisterPorts => ({
  artifacts,
  evidence,
  registry,
  changes: registry,
  claims,
  approvals,
  policies,
  people: { of: async (principal) => people[principal] },
});

interface Uploading {
  readonly files?: Files;
  readonly manifest?: unknown;
  readonly id?: string;
  readonly principal?: string;
  readonly execution?: string;
}

/** Uploads files and a manifest, claims it and registers it, as the state machine does. */
async function register(uploading: Uploading = {}, using = ports()) {
  const event = await upload(uploading);
  return registerVersion(using)(event);
}

async function upload({ files = sampleFiles, manifest = manifestOf(files), ...rest }: Uploading) {
  const { id = 'u1', principal = 'AIDA1' } = rest;
  const prefix = `uploads/${principal}/acme/iris/${id}/`;
  for (const [path, body] of Object.entries(files)) artifacts.write(`${prefix}${path}`, body);
  const text = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
  const pinned = artifacts.write(`${prefix}manifest.json`, text);
  const object = { bucket: artifacts.name, ...pinned };
  const execution = rest.execution ?? `execution-${id}`;
  const claim = { principal, ...subject, uploadId: id, execution, createdAt: '2026-01-01' };
  await claims.claim(object, claim);
  return { object, claim };
}

const only = (): VersionRecord => {
  const [record, ...others] = registry.records.values();
  if (!record || others.length > 0) throw new Error(`${registry.records.size} versions, not one`);
  return record;
};
const settled = () => [...claims.held.values()].map(({ outcome }) => outcome);
/** The sample's files with other weights: another artifact of the same model. */
const retrained = (seed: string): Files => ({ ...sampleFiles, 'weights.bin': seed });

beforeEach(() => {
  artifacts = new MemoryArtifacts();
  evidence = new MemoryEvidence();
  registry = new MemoryRegistry();
  claims = new MemoryClaims();
  approvals = new MemoryApprovals();
  policies = new MemoryPolicies();
  people = { AIDA1: sam };
});

describe('an upload that is right', () => {
  it('becomes version 1.0.0, pinned to its bytes, its policy and its submitter', async () => {
    const result = await register();
    const record = only();
    expect(record).toMatchObject({
      ...subject,
      version: '1.0.0',
      ordinal: 1,
      state: 'VALIDATION',
      submitter: 'sam',
      release: 'execution-u1',
      policyHash: defaultPolicyHash,
      policyRevision: 0,
      entrypoint: 'model.onnx',
      format: 'onnx',
    });
    expect(result).toEqual({
      outcome: 'registered',
      release: {
        ...subject,
        version: '1.0.0',
        digest: record.digest,
        artifact: record.artifact,
        policyHash: defaultPolicyHash,
        policyRevision: 0,
        execution: 'execution-u1',
      },
    });
  });

  it('has the digest of all its files, the manifest among them, in code-point order', async () => {
    const manifest = JSON.stringify(manifestOf());
    await register({ manifest });
    const raw = ['data/eval.csv', 'manifest.json', 'model.onnx'].map((path) =>
      Buffer.from(
        sha256Hex(Buffer.from({ ...sampleFiles, 'manifest.json': manifest }[path] ?? '')),
        'hex',
      ),
    );
    expect(only().digest).toBe(sha256Hex(Buffer.concat(raw)));
  });

  it('leaves a record that pins every file by S3 version and hash', async () => {
    await register();
    const record = ArtifactRecord.parse(await evidence.readJson(only().artifact));
    expect(record.digest).toBe(only().digest);
    expect(record.files.map(({ path, versionId }) => [path, versionId])).toEqual([
      ['data/eval.csv', '1'],
      ['manifest.json', '1'],
      ['model.onnx', '1'],
    ]);
    expect(record.manifest).toEqual(manifestOf());
    expect(only().bytes).toBe(record.files.reduce((sum, { size }) => sum + size, 0));
  });

  it('keeps the policy that it is judged by as a document of its own', async () => {
    await register();
    const key = `policies/acme/${defaultPolicyHash}.json`;
    expect(JSON.parse(evidence.text(key))).toEqual(DEFAULT_POLICY);
  });

  it('locks every version of its files for 30 days from its creation', async () => {
    await register();
    const until = new Date(Date.parse(only().createdAt) + 30 * 86_400_000);
    const prefix = 'uploads/AIDA1/acme/iris/u1';
    expect(artifacts.retained).toEqual(
      ['data/eval.csv', 'manifest.json', 'model.onnx'].map((path) => ({
        key: `${prefix}/${path}`,
        versionId: '1',
        until,
      })),
    );
  });

  it('is not written before its files are locked', async () => {
    artifacts.retain = async () => {
      throw new Error('no lock');
    };
    await expect(register()).rejects.toThrow('no lock');
    expect(registry.records.size).toBe(0);
  });

  it('takes the version that it declares, in full', async () => {
    await register({ manifest: manifestOf(sampleFiles, { version: '2.1' }) });
    expect(only().version).toBe('2.1.0');
  });

  it('is joined to its parents, its dataset and its training job, each once', async () => {
    const lineage = {
      parents: ['0.9', '0.9.0', '0.8.0'],
      dataset: { name: 'flowers' },
      trainingJob: 'job-1',
    };
    await register({ manifest: manifestOf(sampleFiles, { lineage }) });
    expect(registry.lineage).toEqual([
      { type: 'parent', node: 'iris@0.9.0' },
      { type: 'parent', node: 'iris@0.8.0' },
      { type: 'dataset', node: 'dataset:flowers' },
      { type: 'training-job', node: 'training-job:job-1' },
    ]);
  });

  it('names a dataset by its checksum where it has one', async () => {
    const checksum = 'ab'.repeat(32);
    const lineage = { dataset: { name: 'flowers', checksum } };
    await register({ manifest: manifestOf(sampleFiles, { lineage }) });
    expect(registry.lineage).toEqual([{ type: 'dataset', node: `dataset:${checksum}` }]);
  });

  it('is judged by the rows that its model has pinned', async () => {
    const holdout = {
      bucket: 'artifacts',
      key: 'k',
      versionId: '1',
      sha256: 'ab'.repeat(32),
      evaluation: { dataset: 'e.csv', target: 'y', task: 'regression' },
    } as const;
    policies.held.set('acme/iris', { revision: 3, holdout });
    await register();
    expect(only().policyRevision).toBe(3);
    expect(JSON.parse(evidence.text(`policies/acme/${only().policyHash}.json`))).toEqual({
      ...DEFAULT_POLICY,
      holdout,
    });
  });
});

describe('an upload by somebody who may not', () => {
  it.each([
    ['nobody knows', {}, 'principal', '"AIDA1", which no person is known by'],
    [
      'belongs to another tenant',
      { AIDA1: { ...sam, tenant: 'rival' } },
      'tenant',
      'uploaded by sam of "rival"',
    ],
    [
      'has no role that registers',
      { AIDA1: { ...sam, roles: ['analyst'] } },
      'principal',
      'sam with roles analyst',
    ],
  ] satisfies [string, Record<string, Person>, string, string][])(
    'is rejected when the principal %s',
    async (_, mapped, field, got) => {
      people = mapped;
      const result = await register();
      expect(result).toMatchObject({ outcome: 'rejected', problems: [{ field }] });
      expect(result.outcome === 'rejected' && result.problems[0]?.got).toContain(got);
      expectNothingWritten();
    },
  );

  it('is not even read', async () => {
    people = {};
    artifacts.readUpTo = async () => {
      throw new Error('read an upload of nobody');
    };
    expect(await register()).toMatchObject({ outcome: 'rejected' });
  });
});

const model = manifestOf().files[0] as Manifest['files'][number];
const listing = (path: string) => manifestOf(sampleFiles, { files: [model, { ...model, path }] });

describe('an upload that is wrong is rejected, with field, got, expected and remedy', () => {
  it.each<[string, Uploading, string, string]>([
    ['not JSON', { manifest: '{"name": ' }, 'manifest.json', 'a JSON document'],
    ['empty', { manifest: '' }, 'manifest.json', 'a JSON document'],
    ['of an unknown field', { manifest: { ...manifestOf(), x: 1 } }, 'x', 'only the documented'],
    ['of another tenant', { manifest: { ...manifestOf(), tenant: 'rival' } }, 'tenant', '"acme"'],
    ['of another model', { manifest: { ...manifestOf(), name: 'rose' } }, 'name', '"iris"'],
    ['of a file with ..', { manifest: listing('../x') }, 'files[1].path', 'relative POSIX path'],
    ['of an absolute file', { manifest: listing('/etc/x') }, 'files[1].path', 'relative POSIX'],
    ['of a backslash', { manifest: listing('a\\b') }, 'files[1].path', 'relative POSIX path'],
    ['of a file listed twice', { manifest: listing('model.onnx') }, 'files', 'each file once'],
    ['of itself', { manifest: listing('manifest.json') }, 'files', 'every file but the manifest'],
    [
      'of version and bump',
      { manifest: { ...manifestOf(), version: '1.0.0' } },
      'version',
      'exactly one of "version" and "bump"',
    ],
    [
      'of an empty file',
      { manifest: { ...manifestOf(), files: [{ ...model, size: 0 }] } },
      'files[0].size',
      'a size above 0 bytes',
    ],
    [
      'of a version that is none',
      { manifest: { ...manifestOf(), bump: undefined, version: 'v1' } },
      'version',
      'semantic versioning',
    ],
    [
      'of a signature',
      { manifest: listing('model.sig') },
      'files[1].path',
      'a file that the signature can cover',
    ],
    [
      'of what git keeps',
      { manifest: listing('.git/config') },
      'files[1].path',
      'a file that the signature can cover',
    ],
    [
      'of half a character',
      { manifest: listing('\ud800.bin') },
      'manifest.json',
      'whole Unicode characters',
    ],
    [
      'beyond 16 MiB',
      { manifest: `"${'x'.repeat(16 * 1024 * 1024)}"` },
      'manifest.json',
      'at most 16777216 bytes',
    ],
  ])('a manifest %s', async (_, uploading, field, expected) => {
    const result = await register(uploading);
    const problems = result.outcome === 'rejected' ? result.problems : [];
    expect(problems.map((problem) => problem.field)).toContain(field);
    const problem = problems.find((candidate) => candidate.field === field);
    expect(problem?.expected).toContain(expected);
    expect(problem?.got).toMatch(/./);
    expect(problem?.remedy).toMatch(/./);
    expectNothingWritten();
  });

  it.each<[string, Files, Manifest, string, string, string]>([
    [
      'that is missing',
      { 'model.onnx': sampleFiles['model.onnx'] ?? '' },
      manifestOf(),
      'file "data/eval.csv"',
      'no such object',
      'a file of 8 bytes',
    ],
    [
      'of another size',
      { ...sampleFiles, 'data/eval.csv': 'a,b\n1,2\n3,4\n' },
      manifestOf(),
      'file "data/eval.csv"',
      '12 bytes',
      '8 bytes',
    ],
    [
      'of another hash',
      { ...sampleFiles, 'data/eval.csv': 'a,b\n1,3\n' },
      manifestOf(),
      'file "data/eval.csv"',
      `SHA-256 ${sha256Hex(Buffer.from('a,b\n1,3\n'))}`,
      `SHA-256 ${sha256Hex(Buffer.from('a,b\n1,2\n'))}`,
    ],
    [
      'that nobody listed',
      { ...sampleFiles, 'notes.txt': 'x' },
      manifestOf(),
      'file "notes.txt"',
      'an unlisted file',
      'only files that "files" lists',
    ],
    [
      'that is a signature',
      { ...sampleFiles, 'model.sig': '{}' },
      manifestOf(),
      'file "model.sig"',
      'an unlisted file',
      'only files that "files" lists',
    ],
    [
      'that git keeps',
      { ...sampleFiles, '.gitignore': '*' },
      manifestOf(),
      'file ".gitignore"',
      'an unlisted file',
      'only files that "files" lists',
    ],
    [
      'that lies empty where the manifest lists bytes',
      { ...sampleFiles, 'data/eval.csv': '' },
      manifestOf(),
      'file "data/eval.csv"',
      '0 bytes',
      '8 bytes',
    ],
  ])('a file %s', async (_, files, manifest, field, got, expected) => {
    const result = await register({ files, manifest });
    expect(result).toMatchObject({ outcome: 'rejected', problems: [{ field, got, expected }] });
    const [problem] = result.outcome === 'rejected' ? result.problems : [];
    expect(problem?.remedy).toContain('then upload manifest.json last');
    expectNothingWritten();
  });

  it('names every file that is wrong, in order', async () => {
    const files = { 'a.bin': 'a', 'b.bin': 'b', 'c.bin': 'c', 'model.onnx': 'm' };
    const manifest = manifestOf(files);
    const wrong = { ...files, 'a.bin': 'x', 'c.bin': 'x' };
    expect(await register({ files: wrong, manifest })).toMatchObject({
      problems: [{ field: 'file "a.bin"' }, { field: 'file "c.bin"' }],
    });
  });

  it('hashes nothing while sizes and names are wrong', async () => {
    artifacts.hash = async () => {
      throw new Error('hashed in vain');
    };
    expect(
      await register({ files: { ...sampleFiles, extra: 'x' }, manifest: manifestOf() }),
    ).toMatchObject({
      outcome: 'rejected',
    });
  });

  it('shows twenty problems at most, short enough for the state of an execution', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 30 }, (_, i) => [`${'\u65e5'.repeat(900)}${i}`, 'x']),
    );
    const result = await register({ files: { ...sampleFiles, ...files }, manifest: manifestOf() });
    expect(result.outcome === 'rejected' && result.problems).toHaveLength(20);
    expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThan(256 * 1024);
  });
});

it('rejects a manifest with names of any length by problems that can be stored', async () => {
  const manifest = { ...manifestOf(), ['\u65e5'.repeat(200_000)]: 1 };
  const result = await register({ manifest });
  expect(result).toMatchObject({ problems: [{ got: 'an unknown field' }] });
  expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThan(8 * 1024);
});

describe('a version that follows others', () => {
  it('is refused under a version that has other files', async () => {
    const manifest = manifestOf(sampleFiles, { version: '1.0.0' });
    await register({ manifest });
    const first = only();
    const files = retrained('1');
    const again = await register({
      id: 'u2',
      files,
      manifest: manifestOf(files, { version: '1.0.0' }),
    });
    expect(again).toMatchObject({
      outcome: 'rejected',
      problems: [
        {
          field: 'version',
          got: '"1.0.0" with other files',
          expected: `a version that does not exist; iris@1.0.0 has digest ${first.digest}`,
        },
      ],
    });
    expect(only()).toEqual(first);
  });

  it('is refused with less than its change calls for', async () => {
    await register({ manifest: manifestOf(sampleFiles, { version: '1.0.0' }) });
    const manifest = manifestOf(sampleFiles, {
      version: '1.0.1',
      io: { ...linearIo, outputs: linearIo.outputs.slice(0, 1) },
    });
    expect(await register({ id: 'u2', manifest })).toMatchObject({
      outcome: 'rejected',
      problems: [
        {
          field: 'version',
          got: '"1.0.1" after 1.0.0',
          expected: expect.stringContaining('2.0.0'),
        },
      ],
    });
  });

  it('gets the next number and ordinal, over versions that failed too', async () => {
    await register();
    await registry.setState({ ...subject, version: '1.0.0' }, 'FAILED');
    const second = await register({ id: 'u2', files: retrained('2') });
    expect(second).toMatchObject({ outcome: 'registered', release: { version: '1.0.1' } });
    await registry.setState({ ...subject, version: '1.0.1' }, 'FAILED');
    const third = await register({ id: 'u3', files: retrained('3') });
    expect(third).toMatchObject({ release: { version: '1.0.2' } });
    const ordinals = (await registry.versions(subject)).map(({ ordinal }) => ordinal);
    expect(ordinals).toEqual([1, 2, 3]);
  });
});

describe('the same bytes again', () => {
  const again = (fields: Uploading = {}) => register({ id: 'u2', ...fields });

  it.each(['VALIDATION', 'PRODUCTION', 'DEPRECATED', 'FAILED'] as const)(
    'are known while the version is in %s, and nothing changes',
    async (state) => {
      await register();
      await registry.setState({ ...subject, version: '1.0.0' }, state);
      const before = only();
      expect(await again()).toEqual({ outcome: 'known', version: '1.0.0', state });
      expect(only()).toEqual(before);
      expect(settled()).toEqual(['CLAIMED', 'KNOWN']);
    },
  );

  it('reopen a version in STAGING, as the new execution, under the policy it was judged by', async () => {
    const first = await register();
    await registry.setState({ ...subject, version: '1.0.0' }, 'STAGING');
    policies.held.set('acme/iris', { revision: 5 });
    expect(await again()).toEqual({
      outcome: 'reopened',
      release: { ...('release' in first && first.release), execution: 'execution-u2' },
    });
    expect(settled()).toEqual(['CLAIMED', 'KNOWN']);
  });

  it('leave the release alone that is asking people, until its approval runs out', async () => {
    await register();
    await registry.setState({ ...subject, version: '1.0.0' }, 'STAGING');
    const approval = approvalOf({ expiresAt: Math.floor(Date.now() / 1000) + 60 });
    await approvals.open(approval, 'token');
    registry.put({ ...only(), approval: approval.id });
    expect(await again()).toEqual({ outcome: 'known', version: '1.0.0', state: 'STAGING' });

    approvals.held.set(approval.id, { ...approval, taskToken: 'token', expiresAt: 1 });
    expect(await again({ id: 'u3' })).toMatchObject({ outcome: 'reopened' });
  });

  it('lock the files that the version points to, be they of an upload that broke off', async () => {
    const breakOff = async () => {
      throw new Error('broke off');
    };
    const broken = { ...ports(), changes: { register: breakOff } };
    await expect(register({ id: 'u1' }, broken)).rejects.toThrow('broke off');
    artifacts.retained.length = 0;
    await register({ id: 'u2' });
    const record = ArtifactRecord.parse(await evidence.readJson(only().artifact));
    expect(artifacts.retained.map(({ key }) => key)).toEqual(record.files.map(({ key }) => key));
  });

  it('are registered when only the task of the same execution was retried', async () => {
    const event = await upload({});
    const first = await registerVersion(ports())(event);
    expect(await registerVersion(ports())(event)).toEqual(first);
    expect(registry.records.size).toBe(1);
  });
});

describe('two registrations at once', () => {
  /** Lets another upload be registered just before the first write of this one. */
  function meeting(other: () => Promise<unknown>): RegisterPorts {
    let met = false;
    const register: RegisterPorts['changes']['register'] = async (registration) => {
      if (!met) {
        met = true;
        await other();
      }
      return registry.register(registration);
    };
    return { ...ports(), changes: { register } };
  }

  it('take turns: the second is numbered after the first', async () => {
    const result = await register(
      { id: 'u2', files: retrained('2') },
      meeting(() => register()),
    );
    expect(result).toMatchObject({ outcome: 'registered', release: { version: '1.0.1' } });
    const versions = await registry.versions(subject);
    expect(versions.map(({ version, ordinal }) => `${version} ${ordinal}`)).toEqual([
      '1.0.0 1',
      '1.0.1 2',
    ]);
  });

  it('of the same bytes are one version', async () => {
    const result = await register(
      { id: 'u2' },
      meeting(() => register()),
    );
    expect(result).toMatchObject({ outcome: 'known', version: '1.0.0' });
    expect(only().release).toBe('execution-u1');
  });

  it('give up when others always come first, and say so', async () => {
    const refused = async () => ({ ok: false, failed: ['model'] }) as const;
    const busy = { ...ports(), changes: { register: refused } };
    await expect(register({}, busy)).rejects.toThrow('acme/iris was registered by others 10 times');
  });

  it('do not go on when the claim was settled meanwhile', async () => {
    const refused = async () => ({ ok: false, failed: ['claim'] }) as const;
    const late = { ...ports(), changes: { register: refused } };
    await expect(register({}, late)).rejects.toThrow('was settled meanwhile; upload it again');
  });
});

/** A rejection is kept on its claim, and changes nothing else. */
function expectNothingWritten(): void {
  expect(settled()).toEqual(['REJECTED']);
  expect(registry.records.size).toBe(0);
  expect(evidence.documents.size).toBe(0);
  expect(artifacts.retained).toEqual([]);
}
