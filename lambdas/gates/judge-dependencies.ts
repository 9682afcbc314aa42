import { Advisories } from '#aws/advisories.ts';
import { ArtifactBucket } from '#aws/artifact-bucket.ts';
import { nowSeconds } from '../act.ts';
import { env } from '../env.ts';
import { gateEntry, type Judge } from './gate.ts';
import { type DependencyPorts, judgeVersion } from './version-dependencies.ts';

interface Ports extends DependencyPorts {
  readonly advisories: Pick<Advisories, 'current' | 'shard'>;
}

/** Gate: what the model needs, and what opens it, is known and has no known vulnerability. */
export const judgeDependencies =
  (ports: Ports): Judge =>
  async ({ record, policy }) =>
    judgeVersion(ports, record, policy.dependencies, await ports.advisories.current());

export const handler = gateEntry('dependencies', () =>
  judgeDependencies({
    artifacts: new ArtifactBucket(env('ARTIFACT_BUCKET')),
    advisories: new Advisories(env('DATA_BUCKET')),
    nowSeconds,
  }),
);
