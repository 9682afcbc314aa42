import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { EvidencePointer, PinnedFile } from '#domain/registry/artifact.ts';
import type { Backend } from '#domain/registry/backend.ts';
import { hashOf } from '#domain/registry/canonical.ts';
import { type Digest, sha256Hex } from '#domain/registry/digest.ts';
import type { IoSchema } from '#domain/registry/io-schema.ts';
import type { Stage } from '#domain/registry/stage.ts';
import type { Subject } from '#domain/registry/subject.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import type { Traffic } from '#domain/rollout/traffic.ts';
import { firstRoute } from '#domain/serving/routing/promote.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';
import {
  type Admission,
  type AdmissionScope,
  admissionStatement,
} from '#domain/signing/admission.ts';
import { byCodePoint } from '#domain/signing/artifact-path.ts';
import { envelopeText } from '#domain/signing/dsse.ts';
import { signArtifact, signStatement } from '#domain/signing/signer.ts';
import type { CandidateFailing } from '../../../lambdas/serving/alerts.ts';
import type { AnswerCache } from '../../../lambdas/serving/ask-model.ts';
import type { OpenRemote } from '../../../lambdas/serving/backends/open-remote.ts';
import { CandidateBreakers } from '../../../lambdas/serving/candidate-breakers.ts';
import type { Capture } from '../../../lambdas/serving/capture/capture.ts';
import { Decisions } from '../../../lambdas/serving/decisions.ts';
import type { HttpEvent } from '../../../lambdas/serving/http-request.ts';
import { infer } from '../../../lambdas/serving/infer.ts';
import { type Opening, openingHere, openingIsolated } from '../../../lambdas/serving/opening.ts';
import type { IntegrityMismatch } from '../../../lambdas/serving/outcome.ts';
import { readPlacement, triedTargets } from '../../../lambdas/serving/read-placement.ts';
import { RouteCache } from '../../../lambdas/serving/route-cache.ts';
import { routedVersion } from '../../../lambdas/serving/routed-version.ts';
import { SessionCache } from '../../../lambdas/serving/session-cache.ts';
import { mirrorBy } from '../../../lambdas/serving/shadow.ts';
import { stagedVersion } from '../../../lambdas/serving/staged-version.ts';
import { TrafficRecorder } from '../../../lambdas/serving/traffic/recorder.ts';
import { VerifiedModels } from '../../../lambdas/serving/verified-models.ts';
import { P256Key } from '../../support/p256-key.ts';

const fixture = (path: string): Buffer =>
  readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)));

export const onnx = (name: string): Buffer => fixture(`lambdas/onnx/fixtures/${name}.onnx`);
export const registryFixture = (file: string): Buffer =>
  fixture(`domain/registry/fixtures/${file}`);

/** p = sigmoid(x0 - x1 + x2 / 2 - 1 / 4) */
export const LOGISTIC: IoSchema = {
  inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 3] }],
  outputs: [{ name: 'p', datatype: 'FP32', shape: [-1, 1] }],
};

type Fields = Record<string, unknown>;

export interface Released {
  readonly subject?: Partial<Subject>;
  readonly files?: Readonly<Record<string, Uint8Array>>;
  readonly entrypoint?: string;
  readonly io?: IoSchema;
  readonly backend?: Backend;
  /** What is signed in place of the true admission. */
  readonly admission?: Partial<Admission>;
  readonly artifactKey?: P256Key;
  readonly attestationKey?: P256Key;
}

type Routed = Subject & { readonly digest: Digest; readonly backend?: Backend };

/** A registry, two buckets and two keys in memory, and the serving function over them. */
export class World {
  readonly artifactKey = new P256Key();
  readonly attestationKey = new P256Key();
  readonly evidence = new Map<string, Uint8Array>();
  readonly objects = new Map<string, Uint8Array>();
  readonly routes = new Map<string, RouteDocument>();
  readonly versions = new Map<string, VersionRecord>();
  /** Object keys in the order they were opened. */
  readonly opened: string[] = [];
  readonly lines: { level: string; message: string; fields: Fields }[] = [];
  readonly mismatches: IntegrityMismatch[] = [];
  now = 1_000_000;
  /** Thrown by what has this name: registry, evidence, artifacts, keys. */
  down = new Set<string>();
  sessionBytes: number;

  constructor(sessionBytes = 512 * 1024 * 1024) {
    this.sessionBytes = sessionBytes;
  }

  /** Puts a signed and admitted version into production. */
  async release(what: Released = {}): Promise<VersionRecord> {
    const subject = { tenant: 'acme', model: 'risk', version: '1.0.0', ...what.subject };
    const { io = LOGISTIC, entrypoint = 'model.onnx', backend } = what;
    const files = what.files ?? { [entrypoint]: onnx('logistic') };
    const manifest = {
      schema: 'assay.manifest/v1',
      name: subject.model,
      version: subject.version,
      format: 'onnx',
      entrypoint,
      files: Object.entries(files).map(([path, bytes]) => ({
        path,
        sha256: sha256Hex(bytes),
        size: bytes.length,
      })),
      io,
      ...(backend && { serving: { backend } }),
    };
    const all = { ...files, 'manifest.json': Buffer.from(JSON.stringify(manifest)) };
    const pinned = Object.entries(all)
      .map(([path, bytes]) => this.#upload(subject, path, bytes))
      .sort((a, b) => byCodePoint(a.path, b.path));
    const signed = await signArtifact('m', pinned, what.artifactKey ?? this.artifactKey);
    const policyHash = sha256Hex(Buffer.from('policy'));
    const admission = await signStatement(
      admissionStatement({
        subject,
        digest: signed.digest,
        policyHash,
        scope: 'ADMITTED',
        timeVerified: '2026-01-01T00:00:00Z',
        evidence: [],
        ...what.admission,
      }),
      what.attestationKey ?? this.attestationKey,
    );
    const record = {
      schema: 'assay.artifact/v1',
      digest: signed.digest,
      bucket: 'artifacts',
      files: pinned,
      manifest,
    };
    const version: VersionRecord = {
      ...subject,
      ordinal: 1,
      digest: signed.digest,
      state: 'PRODUCTION',
      rev: 7,
      artifact: this.store(`${subject.tenant}/${signed.digest}/artifact.json`, record),
      signature: this.store(`${subject.tenant}/${signed.digest}/model.sig`, signed.bundle),
      admission: this.store(
        `${subject.tenant}/${signed.digest}/admission`,
        envelopeText(admission),
      ),
      policyHash,
      policyRevision: 0,
      entrypoint,
      format: 'onnx',
      ...(backend && { backend }),
      bytes: pinned.reduce((sum, { size }) => sum + size, 0),
      schemaHash: hashOf(io),
      submitter: 'ann',
      release: 'execution',
      createdAt: '2026-01-01T00:00:00Z',
      updatedAt: '2026-01-01T00:00:00Z',
    };
    this.put(version);
    this.send(version);
    return version;
  }

  /** A signed and admitted version that no route leads to yet. */
  async approve(what: Released = {}, state: Stage = 'STAGING'): Promise<VersionRecord> {
    const routes = new Map(this.routes);
    const version = { ...(await this.release(what)), state };
    this.put(version);
    this.routes.clear();
    for (const [key, route] of routes) this.routes.set(key, route);
    return version;
  }

  put(version: VersionRecord): void {
    this.versions.set(`${version.tenant}/${version.model}@${version.version}`, version);
  }

  /** Routes the model to this version, one generation further. */
  send({ tenant, model, version, digest, backend }: Routed): void {
    const key = `${tenant}/${model}`;
    const at = { ms: this.now, iso: '2026-01-01T00:00:00Z' };
    const known = this.routes.get(key);
    const target = { version, digest, ...(backend && { backend }) };
    const first = firstRoute({ tenant, model }, target, at);
    const generation = (known?.generation ?? 0) + 1;
    this.routes.set(key, { ...first, generation, stable: { ...first.stable, since: generation } });
  }

  /** Changes the route of a model, one generation further. */
  reroute(change: Partial<RouteDocument>, key = 'acme/risk'): RouteDocument {
    const route = this.routes.get(key);
    if (!route) throw new Error(`${key} has no route`);
    const changed = { ...route, ...change, generation: route.generation + 1 };
    this.routes.set(key, changed);
    return changed;
  }

  store(key: string, document: unknown): EvidencePointer {
    const bytes = Buffer.from(
      typeof document === 'string' ? document : JSON.stringify(document),
      'utf8',
    );
    this.evidence.set(key, bytes);
    return { key, versionId: '1', sha256: sha256Hex(bytes) };
  }

  #upload({ tenant, model, version }: Subject, path: string, bytes: Uint8Array): PinnedFile {
    const key = `uploads/${tenant}/${model}/${version}/${path}`;
    this.objects.set(key, bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { path, sha256, size: bytes.length, key, versionId: '1' };
  }

  readonly registry = {
    route: async (tenant: string, model: string) => {
      this.#require('registry');
      return this.routes.get(`${tenant}/${model}`);
    },
    version: async ({ tenant, model, version }: Subject) => {
      this.#require('registry');
      return this.versions.get(`${tenant}/${model}@${version}`);
    },
  };

  readonly evidenceReader = {
    read: async ({ key, sha256 }: EvidencePointer) => {
      this.#require('evidence');
      const bytes = this.evidence.get(key) ?? new Uint8Array();
      if (sha256Hex(bytes) === sha256) return bytes;
      throw Object.assign(new Error(`got ${sha256Hex(bytes)}`), { name: 'EvidenceAltered' });
    },
  };

  readonly artifacts = {
    open: async ({ key }: { key: string }) => {
      this.#require('artifacts');
      this.opened.push(key);
      return Readable.from([this.objects.get(key) ?? new Uint8Array()]);
    },
  };

  readonly keys = {
    artifact: async () => {
      this.#require('keys');
      return this.artifactKey.publicKey();
    },
    attestation: async () => this.attestationKey.publicKey(),
  };

  #require(what: string): void {
    if (this.down.has(what)) throw new Error(`${what} is down`);
  }

  readonly clock = (): number => this.now;

  readonly log = {
    info: (message: string, fields: Fields) =>
      void this.lines.push({ level: 'info', message, fields }),
    error: (message: string, fields: Fields) =>
      void this.lines.push({ level: 'error', message, fields }),
  };

  /** How versions on trial are opened; a test that tries one says where its process is. */
  isolated: Opening = openingHere;
  /** Of versions that another server runs. */
  remote: OpenRemote | undefined;
  cache: AnswerCache | undefined;
  /** Told of what clients are, where a test watches that. */
  capture: Pick<Capture, 'invoked' | 'expect' | 'told' | 'flushed'> | undefined;
  /** What the traffic counters hold, by generation. */
  readonly counted = new Map<number, Traffic>();
  readonly alerts: CandidateFailing[] = [];
  /** Copies that were sent to the shadow function. */
  readonly copies: string[] = [];
  readonly metrics: { dimension: Fields; measures: Fields; fields?: Fields }[] = [];

  /** Versions on trial run in the child as the function carries it. */
  isolateBy(childPath: string, restMs = 0): void {
    this.isolated = openingIsolated({ childPath, env: {}, restMs });
  }

  models(scope: AdmissionScope = 'ADMITTED'): VerifiedModels {
    return new VerifiedModels(
      { evidence: this.evidenceReader, artifacts: this.artifacts, keys: this.keys, scope },
      new SessionCache(this.sessionBytes),
      this.clock,
      (_version, mismatch) => this.mismatches.push(mismatch),
      this.isolated,
      scope === 'STAGING' ? undefined : this.remote,
    );
  }

  recorder(): TrafficRecorder {
    const put = async ({ generation, traffic }: { generation: number; traffic: Traffic }) =>
      void this.counted.set(generation, traffic);
    return new TrafficRecorder({ put }, this.clock);
  }

  readonly tenantKeys = {
    of: async (tenant: string, purpose: string) => {
      this.#require('kms');
      return createHash('sha256').update(`${tenant}/${purpose}`).digest();
    },
  };

  readonly writeMetrics = (dimension: Fields, measures: Fields, fields?: Fields): void =>
    void this.metrics.push({ dimension, measures, ...(fields && { fields }) });

  /** One sandbox of the function: what it has in memory outlives its requests. */
  sandbox(): ReturnType<typeof infer> {
    const models = this.models();
    const routes = new RouteCache(
      (tenant, model) => readPlacement(this.registry, tenant, model),
      this.clock,
      ({ route }) =>
        models.closeIsolated(route, new Set(triedTargets(route).map(({ digest }) => digest))),
    );
    const breakers = new CandidateBreakers(this.clock);
    const { keys, clock, log, writeMetrics, cache, capture } = this;
    const decisions = new Decisions(this.tenantKeys, clock);
    const trials = {
      recorder: this.recorder(),
      breakers,
      decisions,
      alerts: {
        candidateFailing: async (failing: CandidateFailing) => {
          this.#require('bus');
          this.alerts.push(failing);
        },
      },
      mirror: mirrorBy(async (copy) => {
        this.#require('shadow');
        this.copies.push(copy);
      }, decisions),
    };
    const locate = routedVersion(routes, breakers, clock);
    const watching = { ...(capture && { capture }) };
    return infer({ locate, models, keys, clock, log, writeMetrics, cache, trials, ...watching });
  }

  /** One sandbox of the staging function. */
  stagingSandbox(): ReturnType<typeof infer> {
    const { keys, clock, log, writeMetrics } = this;
    const locate = stagedVersion(this.registry, clock);
    return infer({ locate, models: this.models('STAGING'), keys, clock, log, writeMetrics });
  }

  /** A signed version that staging alone is admitted to load. */
  async stage(what: Released = {}): Promise<VersionRecord> {
    const { admission, ...version } = await this.release({
      ...what,
      admission: { scope: 'STAGING', ...what.admission },
    });
    if (!admission) throw new Error('nothing was admitted');
    const staged = { ...version, state: 'VALIDATION', stagingAdmission: admission } as const;
    this.put(staged);
    this.routes.delete(`${staged.tenant}/${staged.model}`);
    return staged;
  }
}

export const CLAIMS = {
  token_use: 'id',
  'custom:tenant': 'acme',
  'cognito:groups': '[engineer]',
};

/** An HTTP API event, payload version 2.0. */
export function httpEvent(
  method: string,
  rawPath: string,
  body?: unknown,
  { claims = CLAIMS as Record<string, unknown> | null, headers = {} } = {},
): HttpEvent {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  return {
    version: '2.0',
    routeKey: 'ANY /v2/{proxy+}',
    rawPath,
    rawQueryString: '',
    headers: { 'content-type': 'application/json', ...headers },
    isBase64Encoded: false,
    ...(text !== undefined && { body: text }),
    requestContext: {
      accountId: '000000000000',
      apiId: 'api',
      domainName: 'api.example.com',
      domainPrefix: 'api',
      http: {
        method,
        path: rawPath,
        protocol: 'HTTP/1.1',
        sourceIp: '192.0.2.1',
        userAgent: 'test',
      },
      requestId: 'request',
      routeKey: 'ANY /v2/{proxy+}',
      stage: '$default',
      time: '01/Jan/2026:00:00:00 +0000',
      timeEpoch: 0,
      ...(claims && { authorizer: { jwt: { claims } } }),
    },
  };
}
