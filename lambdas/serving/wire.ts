import { Logger } from '@aws-lambda-powertools/logger';
import { ArtifactBucket } from '#aws/artifact-bucket.ts';
import { EventBus } from '#aws/event-bus.ts';
import { EvidenceBucket } from '#aws/evidence-bucket.ts';
import { ModelRegistry } from '#aws/model-registry.ts';
import { PublicKeys as KmsPublicKeys } from '#aws/public-keys.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import { Routes } from '#aws/routes.ts';
import { ShadowFunction } from '#aws/shadow-function.ts';
import { TenantKeys } from '#aws/tenant-keys.ts';
import { TrafficCounters } from '#aws/traffic-counters.ts';
import type { AdmissionScope } from '#domain/signing/admission.ts';
import { env, libraryPath } from '../env.ts';
import { measure } from '../metrics.ts';
import { busAlerts } from './alerts.ts';
import type { AnswerCache } from './ask-model.ts';
import type { OpenRemote } from './backends/open-remote.ts';
import { remoteModels } from './backends/wire.ts';
import { predictionCache } from './cache/wire.ts';
import { CandidateBreakers } from './candidate-breakers.ts';
import { capturing } from './capture/wire.ts';
import { Decisions } from './decisions.ts';
import { ImpatientKeys } from './impatient-keys.ts';
import { openingIsolated } from './opening.ts';
import type { PublicKeys, RegistryReader } from './ports.ts';
import { type Placement, readPlacement, triedTargets } from './read-placement.ts';
import { RouteCache } from './route-cache.ts';
import { routedVersion } from './routed-version.ts';
import { SessionCache } from './session-cache.ts';
import { mirrorBy } from './shadow.ts';
import { closeAtShutdown } from './shutdown.ts';
import { stagedVersion } from './staged-version.ts';
import { TrafficRecorder } from './traffic/recorder.ts';
import { VerifiedModels } from './verified-models.ts';

const MIB = 1024 * 1024;
const clock = Date.now;

/** What every function that loads models has. */
function loading(scope: AdmissionScope, remote?: OpenRemote) {
  const log = new Logger({ serviceName: 'assay' });
  const table = new RegistryTable(env('REGISTRY_TABLE'));
  const [versions, routes] = [new ModelRegistry(table), new Routes(table)];
  const registry: RegistryReader = {
    route: (tenant, model) => routes.of({ tenant, model }),
    version: (subject) => versions.version(subject),
  };
  const kms = new KmsPublicKeys();
  const keys: PublicKeys = {
    artifact: () => kms.of(env('ARTIFACT_KEY_ARN')),
    attestation: () => kms.of(env('ATTESTATION_KEY_ARN')),
  };
  const models = new VerifiedModels(
    {
      evidence: new EvidenceBucket(env('EVIDENCE_BUCKET')),
      artifacts: new ArtifactBucket(env('ARTIFACT_BUCKET')),
      keys,
      scope,
    },
    new SessionCache(Number(env('SESSION_CACHE_MIB')) * MIB),
    clock,
    ({ tenant, model, version }, { what, got, expected }) => {
      log.error('integrity-mismatch', { tenant, model, version, what, got, expected });
      measure(
        { Tenant: tenant, Model: model },
        { IntegrityMismatch: { value: 1, unit: 'Count' } },
        { version },
      );
    },
    openingIsolated({
      childPath: new URL('./candidate-child.mjs', import.meta.url).pathname,
      env: libraryPath(),
    }),
    remote,
  );
  return { log, registry, keys, models, clock, writeMetrics: measure };
}

/** Placements as they are read, whose processes end when their versions are no longer tried. */
const routeCache = ({ registry, models }: ReturnType<typeof loading>): RouteCache =>
  new RouteCache(
    (tenant, model) => readPlacement(registry, tenant, model),
    clock,
    (placement) => models.closeIsolated(placement.route, tried(placement)),
  );

const tried = ({ route }: Placement) => new Set(triedTargets(route).map(({ digest }) => digest));

const trafficRecorder = (): TrafficRecorder =>
  new TrafficRecorder(new TrafficCounters(env('METRICS_TABLE')), clock);

/** For staging, which no route leads to and nothing is counted of; all of it runs here. */
export function stagingPorts() {
  const ports = loading('STAGING');
  return { ...ports, locate: stagedVersion(ports.registry, clock) };
}

/** For production, by the route, with what is on trial. */
export function servingPorts() {
  const ports = loading('ADMITTED', remoteModels());
  const breakers = new CandidateBreakers(clock);
  const tenantKeys = new ImpatientKeys(new TenantKeys(env('DERIVATION_KEY_ARN')), clock);
  const decisions = new Decisions(tenantKeys, clock);
  const shadow = new ShadowFunction(env('SHADOW_FUNCTION_ARN'));
  const answers = predictionCache();
  const cache: AnswerCache | undefined = answers && { answers, keys: tenantKeys };
  const [capture, recorder] = [capturing(decisions, ports.log), trafficRecorder()];
  closeAtShutdown(capture, recorder);
  return {
    ...ports,
    locate: routedVersion(routeCache(ports), breakers, clock),
    cache,
    capture,
    trials: {
      recorder,
      breakers,
      decisions,
      alerts: busAlerts(new EventBus(env('EVENT_BUS'))),
      mirror: mirrorBy((event) => shadow.send(event), decisions),
    },
  };
}

/** For copies of requests, whose answers nobody gets. */
export function shadowPorts() {
  const ports = loading('ADMITTED', remoteModels());
  const recorder = trafficRecorder();
  closeAtShutdown(recorder);
  return { ...ports, routes: routeCache(ports), recorder };
}
