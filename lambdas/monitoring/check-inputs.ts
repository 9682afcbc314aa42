import type { CaptureArchive } from '#aws/capture-archive.ts';
import type { HourlyCounters } from '#aws/hourly-counters.ts';
import type { Truths } from '#aws/truths.ts';
import type { Policy } from '#domain/gates/policy.ts';
import type { CheckInput } from '#domain/monitoring/check/check.ts';
import { type Reference, referenceOf } from '#domain/monitoring/check/reference.ts';
import type { Monitoring } from '#domain/monitoring/check/state.ts';
import { hoursOf, hoursUpTo } from '#domain/monitoring/check/windows.ts';
import type { CheckKind } from '#domain/monitoring/report/drift-report.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import { dataAgeDays, type GateEvidencePorts, judgedP95Ms } from './gate-evidence.ts';
import type { Referenced } from './reference-profile-of.ts';
import { rollUp } from './roll-up.ts';
import { firstHour, mayRollTo, quarters, service } from './what-was-seen.ts';

export interface InputPorts extends GateEvidencePorts {
  /** @throws Error when what is there is not vouched for. */
  readonly reference: (version: VersionRecord) => Promise<Referenced | undefined>;
  readonly counters: Pick<HourlyCounters, 'raw' | 'roll' | 'rolled'>;
  readonly archive: Pick<CaptureArchive, 'put'>;
  readonly truths: Pick<Truths, 'of'>;
}

export interface ToCheck {
  readonly version: VersionRecord;
  readonly state: Monitoring;
  /** By a person: what came since the last check is no matter. */
  readonly asked: boolean;
  readonly kinds: readonly CheckKind[];
  readonly at: number;
  readonly policy: Policy;
}

/** What could not be checked, since something that it needs could not be had. */
export interface ReadFault {
  readonly kinds: readonly CheckKind[];
  readonly message: string;
  readonly cause: unknown;
}

/** Nothing but the reference says what quiet inputs and good answers are; errors speak for themselves. */
const NEEDS_REFERENCE: readonly CheckKind[] = ['drift', 'performance', 'dataset'];

/**
 * Reads what the kinds of a check need. Where something cannot be had, the kinds that do without it
 * are left, so that no broken window or lost reference hides harm.
 */
export async function inputsOf(
  ports: InputPorts,
  to: ToCheck,
): Promise<{
  readonly input?: Omit<CheckInput, 'asked' | 'state'>;
  readonly faults: readonly ReadFault[];
}> {
  const needing = to.kinds.filter((kind) => NEEDS_REFERENCE.includes(kind));
  const reference = await tried(needing, async () =>
    needing.length > 0 ? referenceFor(ports, to) : undefined,
  );
  const left = reference.ok ? to.kinds : to.kinds.filter((kind) => !needing.includes(kind));
  const known = reference.ok ? reference.value : undefined;
  const read = await Promise.all(
    left.map((kind) => tried([kind], () => READ[kind](ports, to, known))),
  );
  const kinds = left.filter((_, i) => read[i]?.ok);
  const faults = [reference, ...read].flatMap((one) => (one.ok ? [] : [one.fault]));
  const found = read.flatMap((one) => (one.ok ? [one.value] : []));
  const lesser = found.flatMap((one) => one.faults ?? []);
  if (kinds.length === 0) return { faults };
  const { version, at, policy } = to;
  const { faults: _, ...values } = Object.assign({}, ...found);
  return {
    input: { version, kinds, at, policy, reference: known, ...values },
    faults: [...faults, ...lesser],
  };
}

type Tried<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: ReadFault };

async function tried<T>(kinds: readonly CheckKind[], read: () => Promise<T>): Promise<Tried<T>> {
  try {
    return { ok: true, value: await read() };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    return { ok: false, fault: { kinds, message, cause } };
  }
}

async function referenceFor(
  ports: InputPorts,
  { version }: ToCheck,
): Promise<Reference | undefined> {
  const known = await ports.reference(version);
  return known && referenceOf(known.profile, known.sha256);
}

type Read = (
  ports: InputPorts,
  to: ToCheck,
  reference: Reference | undefined,
) => Promise<Partial<CheckInput> & { readonly faults?: readonly ReadFault[] }>;

const READ: Readonly<Record<CheckKind, Read>> = {
  drift: async (ports, to, reference) => {
    const { version, at } = to;
    const profile = reference?.sha256 ?? null;
    const rolledTo = await rolledUp(ports, to, profile);
    const watched = { version, profile, rolledTo };
    return { rolledTo, ...(reference && { quarters: await quarters(ports, watched, at) }) };
  },
  performance: async ({ truths }, { version, at }, reference) => ({
    truths: await truths.of(
      version,
      version.digest,
      firstHour(at),
      hoursUpTo(at, 0).to,
      reference?.profile.predictions,
    ),
  }),
  health: async (ports, { version, state, asked, at }) => {
    const watched = { version, profile: null, rolledTo: state.rolledTo ?? firstHour(at) };
    const [seen, baseline] = await Promise.all([
      service(ports, watched, at, asked ? undefined : state.service),
      tried(['health'], () => judgedP95Ms(ports, version)),
    ]);
    if (!baseline.ok) {
      const { fault } = baseline;
      return { service: { ...seen, baselineFault: fault.message }, faults: [fault] };
    }
    const { value } = baseline;
    return { service: { ...seen, ...(value !== undefined && { baselineP95Ms: value }) } };
  },
  dataset: async (ports, { version, at }) => ({
    age: { ageDays: await dataAgeDays(ports, version, at) },
  }),
};

/** Rolls up the hours that have not been, and says up to which one that is done. */
async function rolledUp(
  { counters, archive }: InputPorts,
  { version, state, at }: ToCheck,
  profile: Reference['sha256'] | null,
): Promise<number> {
  const from = Math.max(state.rolledTo ?? 0, firstHour(at));
  const to = Math.max(from, mayRollTo(at));
  await rollUp({ counters, archive }, version, version.digest, profile, hoursOf({ from, to }));
  return to;
}
