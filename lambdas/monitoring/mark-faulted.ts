import type { MonitoringStates } from '#aws/monitoring.ts';
import { afterFaults, isFaulted } from '#domain/monitoring/check/faulted.ts';
import type { Monitoring } from '#domain/monitoring/check/state.ts';
import type { CheckKind } from '#domain/monitoring/report/drift-report.ts';
import { faultEntries } from './check-entries.ts';
import type { ReadFault } from './check-inputs.ts';

interface Unmade {
  readonly known: Monitoring | undefined;
  readonly faults: readonly ReadFault[];
  readonly at: number;
}

/**
 * Marks in the state that nothing could be checked. Where another check was recorded meanwhile, the
 * message comes again, and looks again.
 *
 * @returns what kept it from that, to be told of beside why nothing was checked
 */
export async function markFaulted(
  { states }: { readonly states: Pick<MonitoringStates, 'record'> },
  state: Monitoring,
  { known, faults, at }: Unmade,
): Promise<readonly ReadFault[]> {
  const kinds = kindsOf(faults);
  if (isFaulted(state.faulted, kinds, at)) return [];
  const next = { ...state, faulted: afterFaults(state.faulted, [], kinds, at) };
  try {
    await states.record(next, known, faultEntries(next, known, { kinds, at }));
    return [];
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    return [{ kinds, message: `it could not be recorded that they fault: ${message}`, cause }];
  }
}

export const kindsOf = (faults: readonly ReadFault[]): readonly CheckKind[] => [
  ...new Set(faults.flatMap(({ kinds }) => kinds)),
];
