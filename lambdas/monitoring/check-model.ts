import { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod/mini';
import { CaptureArchive } from '#aws/capture-archive.ts';
import { DriftReports } from '#aws/drift-reports.ts';
import { EvidenceBucket } from '#aws/evidence-bucket.ts';
import { GateResults } from '#aws/gate-results.ts';
import { HourlyCounters } from '#aws/hourly-counters.ts';
import { ModelMetrics } from '#aws/model-metrics.ts';
import { ModelRegistry } from '#aws/model-registry.ts';
import { MonitoringStates } from '#aws/monitoring.ts';
import { Policies } from '#aws/policies.ts';
import { PublicKeys } from '#aws/public-keys.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import { RollbackMachine } from '#aws/rollback-machine.ts';
import { Routes } from '#aws/routes.ts';
import { Truths } from '#aws/truths.ts';
import { CheckMessage } from '#domain/monitoring/check/check-message.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';
import { type CheckedModel, type CheckPorts, checkOneModel } from './check-one-model.ts';
import { attestedProfileOf } from './reference-profile-of.ts';

const Input = z.object({
  Records: z.array(z.object({ messageId: z.string(), body: z.string() })),
});

/** What of a batch SQS must send again; the rest it forgets. */
interface Answered {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
  readonly outcomes: readonly CheckedModel[];
}

interface Ports {
  readonly check: (message: CheckMessage) => Promise<CheckedModel>;
  readonly log: Pick<Logger, 'error'>;
}

/**
 * Checks models, one after the other: a message that cannot be read, or a check that faults, is told
 * of and comes again, and the others are done all the same.
 */
export const checkModels =
  ({ check, log }: Ports) =>
  async ({ Records }: z.infer<typeof Input>): Promise<Answered> => {
    const outcomes: CheckedModel[] = [];
    const batchItemFailures: { itemIdentifier: string }[] = [];
    for (const { messageId, body } of Records) {
      let about: Partial<CheckMessage> = {};
      try {
        const message = CheckMessage.parse(JSON.parse(body));
        about = message;
        outcomes.push(await check(message));
      } catch (fault) {
        const shown = body.slice(0, SHOWN_CHARACTERS);
        const { tenant, model } = about;
        log.error('check-faulted', { tenant, model, messageId, message: shown, fault });
        batchItemFailures.push({ itemIdentifier: messageId });
      }
    }
    return { batchItemFailures, outcomes };
  };

const SHOWN_CHARACTERS = 300;

export const handler = entry(Input, () => {
  const ports = wired();
  const log = new Logger({ serviceName: 'assay' });
  return checkModels({ check: checkOneModel(ports), log });
});

function wired(): CheckPorts {
  const table = new RegistryTable(env('REGISTRY_TABLE'));
  const evidence = new EvidenceBucket(env('EVIDENCE_BUCKET'));
  const results = new GateResults(table);
  const keys = new PublicKeys();
  const key = () => keys.of(env('ATTESTATION_KEY_ARN'));
  return {
    routes: new Routes(table),
    registry: new ModelRegistry(table),
    policies: new Policies(table),
    states: new MonitoringStates(table),
    reference: (version) => attestedProfileOf({ results, evidence, key }, version),
    results,
    evidence,
    counters: new HourlyCounters(env('METRICS_TABLE')),
    archive: new CaptureArchive(env('DATA_BUCKET')),
    truths: new Truths(env('METRICS_TABLE')),
    reports: new DriftReports(env('METRICS_TABLE'), evidence),
    metrics: new ModelMetrics(),
    machine: new RollbackMachine(env('ROLLBACK_MACHINE_ARN')),
    clock: Date.now,
    tickMinutes: Number(env('TICK_MINUTES')),
  };
}
