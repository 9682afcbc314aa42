import type { UploadSession } from '#aws/upload-sessions.ts';
import type { Person, Role } from '#domain/access/person.ts';
import type { GateReport } from '#domain/gates/gate-result.ts';
import { parseDigest } from '#domain/registry/digest.ts';
import type { ReleaseClaim, VersionRecord } from '#domain/registry/version-record.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';
import { type ApiPorts, type Decided, governanceApi } from '../../../lambdas/api/app.ts';
import { MemoryExperiments } from '../../support/memory-experiments.ts';
import { MemoryPolicies } from '../../support/memory-policies.ts';
import { P256Key } from '../../support/p256-key.ts';
import { DIGEST, openApproval, POLICY, votePorts } from '../access/fake-approvals.ts';
import { FakeDashboards } from './fake-dashboards.ts';
import { FakeMonitoring } from './fake-monitoring.ts';
import { FakeMachines, FakeRollouts } from './fake-rollouts.ts';

export const BUCKET = 'artifacts';
const ARTIFACT_KEY = 'arn:aws:kms:eu-west-1:111122223333:key/artifact';
const ATTESTATION_KEY = 'arn:aws:kms:eu-west-1:111122223333:key/attestation';
export const MANIFEST_KEY =
  'uploads/AROA1:sam/acme/fraud/0198c5f0-0000-7000-8000-00000000000a/manifest.json';
export const SECRETS = { secretAccessKey: 'secret-1', sessionToken: 'session-1' };

const counts = { pass: 1, inconclusive: 0, error: 0, fail: 0 };
const pointer = (key: string) => ({ key, versionId: 'v1', sha256: 'aa'.repeat(32) });
const AT = '2026-01-01T00:00:00.000Z';

/** A token of `sub`, as API Gateway hands its claims on. */
export const claimsOf = (sub: string, tenant: string, ...roles: Role[]) => ({
  token_use: 'id',
  sub,
  'custom:tenant': tenant,
  'cognito:groups': `[${roles.join(' ')}]`,
});
export const ANA = claimsOf('sub-ana', 'acme', 'ml_engineer');
export const RIVAL = claimsOf('sub-rex', 'rival', 'ml_engineer', 'tenant_admin');

export const version = (more: Partial<VersionRecord> = {}): VersionRecord => ({
  tenant: 'acme',
  model: 'fraud',
  version: '1.0.0',
  ordinal: 1,
  digest: DIGEST,
  state: 'STAGING',
  rev: 3,
  artifact: pointer('artifact.json'),
  signature: pointer('model.sig'),
  policyHash: POLICY,
  policyRevision: 0,
  entrypoint: 'model.onnx',
  format: 'onnx',
  bytes: 3,
  schemaHash: parseDigest('50'.repeat(32)),
  submitter: 'sam',
  release: 'arn:aws:states:eu-west-1:111122223333:execution:release:1',
  approval: openApproval().id,
  createdAt: AT,
  updatedAt: AT,
  ...more,
});

const file = (path: string) => ({
  path,
  sha256: 'ab'.repeat(32),
  size: 3,
  key: `uploads/${path}`,
  versionId: 'f1',
});

export const artifactRecord = (...paths: string[]) => ({
  schema: 'assay.artifact/v1',
  digest: DIGEST,
  bucket: BUCKET,
  files: paths.map(file),
  manifest: {
    schema: 'assay.manifest/v1',
    name: 'fraud',
    version: '1.0.0',
    entrypoint: 'model.onnx',
    format: 'onnx',
    io: {
      inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }],
      outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 1] }],
    },
    files: [{ path: 'model.onnx', sha256: 'ab'.repeat(32), size: 3 }],
  },
});

/** The API over stores in memory: tenant acme has model fraud, waiting for votes; rival has none. */
export class World {
  readonly artifactKey = new P256Key();
  readonly attestationKey = new P256Key();
  readonly voting = votePorts(openApproval());
  readonly people = new Map<string, Person>([
    ['cognito:sub-ana', { id: 'ana', tenant: 'acme', roles: [] }],
    ['cognito:sub-ana-2', { id: 'ana', tenant: 'acme', roles: [] }],
    ['cognito:sub-ben', { id: 'ben', tenant: 'acme', roles: [] }],
    ['cognito:sub-sam', { id: 'sam', tenant: 'acme', roles: [] }],
    ['cognito:sub-rex', { id: 'rex', tenant: 'rival', roles: [] }],
  ]);
  readonly policies = new MemoryPolicies();
  readonly versions = [version()];
  readonly rollouts = new FakeRollouts();
  readonly experiments = new MemoryExperiments();
  /** Executions of experiments that were asked for. */
  readonly looked: { id: string; why: string }[] = [];
  readonly machines = new FakeMachines();
  readonly watch = new FakeMonitoring();
  readonly drawn = new FakeDashboards();
  /** Version in production, by `tenant/model`. */
  readonly champions = new Map<string, string>();
  /** By `tenant/model`. */
  readonly routes = new Map<string, RouteDocument>();
  readonly claims = new Map<string, ReleaseClaim>();
  readonly documents = new Map<string, unknown>([
    ['artifact.json', artifactRecord('manifest.json', 'model.onnx')],
    ['model.sig', { mediaType: 'bundle' }],
    [
      'gates/schema.json',
      {
        durationMs: 12,
        checks: [{ id: 'inputs', verdict: 'pass', message: 'as declared' }],
      } as Partial<GateReport>,
    ],
  ]);
  readonly opened: { person: string; upload: object }[] = [];
  readonly lines: Decided[] = [];
  readonly faults: Error[] = [];

  readonly ports: ApiPorts = {
    bucket: BUCKET,
    region: 'eu-west-1',
    artifactKeyArn: ARTIFACT_KEY,
    attestationKeyArn: ATTESTATION_KEY,
    people: {
      of: async (principal) => this.people.get(principal),
      map: async (principal, person) => {
        const held = this.people.get(principal);
        if (held && (held.id !== person.id || held.tenant !== person.tenant)) return false;
        this.people.set(principal, person);
        return true;
      },
    },
    sessions: {
      open: async ({ id, tenant }, upload): Promise<UploadSession> => {
        const person = `${id}@${tenant}`;
        this.opened.push({ person, upload });
        return {
          principal: `AROA1:${person}`,
          credentials: { accessKeyId: 'ASIA1', ...SECRETS, expiration: AT },
        };
      },
    },
    claims: {
      get: async (tenant, { bucket, key, versionId }) =>
        this.claims.get([tenant, bucket, key, versionId].join(' ')),
    },
    registry: {
      model: async ({ tenant, model }) =>
        this.#models(tenant).find((record) => record.model === model),
      models: async (tenant) => ({ items: this.#models(tenant) }),
      versions: async ({ tenant, model }) =>
        this.versions.filter((v) => v.tenant === tenant && v.model === model),
      version: async (subject) =>
        this.versions.find(
          (v) =>
            v.tenant === subject.tenant &&
            v.model === subject.model &&
            v.version === subject.version,
        ),
      history: async () => [
        { at: AT, to: 'VALIDATION', actor: 'sam', ...{ PK: 'T#acme#M#fraud' } },
        { at: AT, from: 'VALIDATION', to: 'STAGING', actor: 'conclude-gates', reason: 'passed' },
      ],
    },
    results: {
      list: async () => [
        {
          gate: 'schema',
          verdict: 'pass',
          counts,
          result: pointer('gates/schema.json'),
          digest: DIGEST,
          policyHash: POLICY,
          at: AT,
        },
      ],
    },
    evidence: { readJson: async ({ key }) => this.documents.get(key) },
    artifacts: {
      presign: async ({ key, versionId }, seconds) =>
        `https://s3/${key}?versionId=${versionId}&X-Amz-Expires=${seconds}`,
    },
    approvals: this.voting.approvals,
    policies: this.policies,
    tickMinutes: 60,
    rollouts: this.rollouts,
    rolloutMachine: this.machines.rollout,
    rollbacks: {
      list: async ({ tenant, model }) =>
        this.machines.records.filter((one) => one.tenant === tenant && one.model === model),
    },
    rollbackMachine: this.machines.rollback,
    experiments: this.experiments,
    experimentMachine: {
      start: async ({ id }, why) => {
        this.looked.push({ id, why });
      },
    },
    monitoring: this.watch.monitoring,
    reports: this.watch.reports,
    checks: this.watch.checks,
    dashboard: { region: 'eu-west-1', name: 'Assay' },
    dashboards: this.drawn.port,
    drawn: { accountId: '111122223333', infer: 'infer' },
    routes: {
      of: async ({ tenant, model }) => this.routes.get(`${tenant}/${model}`),
      many: async (models) =>
        models.flatMap(({ tenant, model }) => this.routes.get(`${tenant}/${model}`) ?? []),
    },
    tokens: this.voting.tokens,
    keys: {
      of: (arn) => (arn === ARTIFACT_KEY ? this.artifactKey : this.attestationKey).publicKey(),
    },
    log: {
      decided: (line) => this.lines.push(line),
      fault: (error) => this.faults.push(error),
    },
  };

  #models(tenant: string) {
    return this.versions
      .filter((v) => v.tenant === tenant)
      .map(({ model, version: latest, ordinal }) => ({
        tenant,
        model,
        latest,
        lastOrdinal: ordinal,
        createdAt: AT,
        ...this.#champion(tenant, model),
      }));
  }

  #champion(tenant: string, model: string) {
    const champion = this.champions.get(`${tenant}/${model}`);
    return champion && { champion };
  }

  /** Sends a request whose token API Gateway has verified; a body that is no text goes as JSON. */
  send(
    method: string,
    path: string,
    { claims = ANA as unknown, body }: { claims?: unknown; body?: unknown } = {},
  ): Promise<Response> {
    return Promise.resolve(
      governanceApi(this.ports).request(
        `https://api/governance${path}`,
        {
          method,
          ...(body !== undefined && {
            body: typeof body === 'string' ? body : JSON.stringify(body),
          }),
        },
        { claims, requestId: 'request-1' },
      ),
    );
  }

  async get(path: string, claims: unknown = ANA): Promise<{ status: number; body: unknown }> {
    const response = await this.send('GET', path, { claims });
    return { status: response.status, body: await response.json() };
  }

  async post(path: string, body: unknown, claims: unknown = ANA) {
    const response = await this.send('POST', path, { claims, body });
    return { status: response.status, body: (await response.json()) as unknown };
  }
}
