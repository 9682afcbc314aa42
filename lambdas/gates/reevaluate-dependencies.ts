import * as z from 'zod/mini';
import { Advisories } from '#aws/advisories.ts';
import { ArtifactBucket } from '#aws/artifact-bucket.ts';
import { EvidenceBucket } from '#aws/evidence-bucket.ts';
import { ModelRegistry } from '#aws/model-registry.ts';
import { Reevaluations } from '#aws/reevaluations.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import type { Item } from '#aws/writes.ts';
import type { Reevaluation } from '#domain/gates/dependencies/reevaluation.ts';
import { subjectPath } from '#domain/registry/subject.ts';
import type { Route } from '#domain/registry/version-record.ts';
import { nowSeconds } from '../act.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';
import { count } from '../metrics.ts';
import { type ReevaluationPorts, reevaluateVersion } from './reevaluate-version.ts';

interface Ports extends ReevaluationPorts {
  readonly advisories: Pick<Advisories, 'current' | 'shard'>;
  readonly registry: Pick<ModelRegistry, 'routes' | 'version'>;
  readonly count: typeof count;
}

interface Tally {
  readonly running: number;
  /** `tenant/model/version` of those with vulnerabilities beyond their policy. */
  readonly vulnerable: readonly string[];
}

/** Routes read at once, and models judged side by side. */
const PAGE = 50;
const SIDE_BY_SIDE = 8;

/**
 * Judges every version in production again, by the snapshot of advisories in use now. What was
 * judged by it already is not judged twice, so a run that broke off goes on where it was.
 * @throws Error naming the versions that could not be judged, when the others are done.
 */
export const reevaluateDependencies = (ports: Ports) => async (): Promise<Tally> => {
  const snapshot = await ports.advisories.current();
  if (!snapshot) throw new Error('there is no snapshot of advisories; refresh them first');
  const remembered = { ...ports, advisories: remembering(ports.advisories) };
  const done: Reevaluation[] = [];
  const faults: string[] = [];
  for await (const routes of batches(ports.registry)) {
    const judged = await Promise.allSettled(
      routes.map((route) => reevaluateVersion(remembered, route, snapshot)),
    );
    for (const [at, result] of judged.entries()) {
      if (result.status === 'fulfilled') done.push(result.value);
      else faults.push(`${routes[at]?.tenant}/${routes[at]?.model}: ${result.reason}`);
    }
  }
  const vulnerable = done.filter((each) => each.vulnerable).map(subjectPath);
  ports.count(
    { Ecosystem: snapshot.index.ecosystem },
    { RunningVersionsVulnerable: vulnerable.length, RunningVersionsReevaluated: done.length },
  );
  if (faults.length > 0) {
    throw new Error(
      `${faults.length} running versions could not be judged again: ${faults.slice(0, 20).join('; ')}`,
    );
  }
  return { running: done.length, vulnerable };
};

async function* batches(registry: Ports['registry']): AsyncGenerator<readonly Route[]> {
  let start: Item | undefined;
  do {
    const { items, next } = await registry.routes(PAGE, start);
    for (let at = 0; at < items.length; at += SIDE_BY_SIDE) {
      yield items.slice(at, at + SIDE_BY_SIDE);
    }
    start = next;
  } while (start);
}

/** Reads each shard once in a run: models share the packages that everybody uses. */
function remembering(advisories: Pick<Advisories, 'shard'>): Pick<Advisories, 'shard'> {
  const shards = new Map<string, ReturnType<Advisories['shard']>>();
  return {
    shard: (digest) => {
      const found = shards.get(digest) ?? advisories.shard(digest);
      shards.set(digest, found);
      return found;
    },
  };
}

/** Whatever tells of a new snapshot: the event itself carries nothing that is needed. */
export const handler = entry(z.unknown(), () => {
  const table = new RegistryTable(env('REGISTRY_TABLE'));
  return reevaluateDependencies({
    artifacts: new ArtifactBucket(env('ARTIFACT_BUCKET')),
    advisories: new Advisories(env('DATA_BUCKET')),
    evidence: new EvidenceBucket(env('EVIDENCE_BUCKET')),
    registry: new ModelRegistry(table),
    reevaluations: new Reevaluations(table),
    nowSeconds,
    count,
  });
});
