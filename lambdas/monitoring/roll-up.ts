import type { CaptureArchive } from '#aws/capture-archive.ts';
import type { HourlyCounters } from '#aws/hourly-counters.ts';
import { sumSeen } from '#domain/monitoring/capture/seen.ts';
import type { Digest } from '#domain/registry/digest.ts';
import type { Subject } from '#domain/registry/subject.ts';

interface RollUpPorts {
  readonly counters: Pick<HourlyCounters, 'raw' | 'roll'>;
  readonly archive: Pick<CaptureArchive, 'put'>;
}

/**
 * Sums what the processes saw of a version in hours that have ended, and archives what is kept of
 * it. The same again changes nothing, and what was written late since is added. An hour of which
 * nothing or less is left stays as it was rolled up.
 */
export async function rollUp(
  { counters, archive }: RollUpPorts,
  model: Pick<Subject, 'tenant' | 'model'>,
  digest: Digest,
  profile: Digest | null,
  hours: readonly number[],
): Promise<void> {
  for (const hour of hours) {
    const raw = await counters.raw(model, digest, hour);
    if (raw.length === 0) continue;
    const seen = sumSeen(profile, raw);
    const kept = await counters.roll(model, digest, hour, seen);
    if (kept) await archive.put(model, digest, hour, seen);
  }
}
