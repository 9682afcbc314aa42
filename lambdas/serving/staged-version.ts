import { LRUCache } from 'lru-cache';
import type { Stage } from '#domain/registry/stage.ts';
import type { Subject } from '#domain/registry/subject.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import type { Locate } from './locate.ts';
import { available } from './outcome.ts';
import type { Clock, RegistryReader } from './ports.ts';

/** Before people have decided; afterwards the version serves, or nobody asks for it. */
const STAGED: readonly (Stage | undefined)[] = ['VALIDATION', 'STAGING'];
/** As long as production goes by what it last read. */
const TTL_MS = 2_000;
const MAX_KNOWN = 100;

/** For staging: the version that the path names, whatever the model's route says. */
export function stagedVersion(registry: Pick<RegistryReader, 'version'>, clock: Clock): Locate {
  const known = new LRUCache<string, { version: VersionRecord; at: number }>({ max: MAX_KNOWN });
  const read = async (subject: Subject): Promise<VersionRecord | undefined> => {
    const key = `${subject.tenant}/${subject.model}@${subject.version}`;
    const kept = known.get(key);
    const ageMs = kept ? clock() - kept.at : -1;
    if (kept && ageMs >= 0 && ageMs < TTL_MS) return kept.version;
    const at = clock();
    const version = await available('the version', registry.version(subject));
    if (version) known.set(key, { version, at });
    else known.delete(key);
    return version;
  };
  return async (tenant, { model, version: named }) => {
    const version = named === undefined ? undefined : await read({ tenant, model, version: named });
    if (version?.stagingAdmission && STAGED.includes(version.state)) {
      return { found: { kind: 'version', version, where: 'here' } };
    }
    const state = version ? `${version.state}, not admitted to staging` : 'unknown';
    const problem = {
      field: 'version',
      got: named === undefined ? `"${model}" without a version` : `"${model}" ${named}: ${state}`,
      expected: 'a version that staging was admitted to load',
      remedy: 'name one whose gates have passed, all but that of load',
    };
    return { found: { kind: 'nothing', problem } };
  };
}
