import { randomUUID } from 'node:crypto';
import type { HourlyCounters } from '#aws/hourly-counters.ts';
import type { InvocationCounters } from '#aws/invocation-counters.ts';
import { hourOf } from '#domain/monitoring/capture/seen.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import type { Told } from '../ask-model.ts';
import { inTime } from '../in-time.ts';
import type { Clock } from '../ports.ts';
import { InvocationCount } from './invocation-count.ts';
import type { Reservoir } from './reservoir.ts';
import { rowsOf } from './tensor-numbers.ts';
import { VersionHour } from './version-hour.ts';
import { type ReadProfile, VersionProfiles } from './version-profiles.ts';

export interface CapturePorts {
  readonly counters: Pick<HourlyCounters, 'put'>;
  readonly invocations: Pick<InvocationCounters, 'put'>;
  readonly readProfile: ReadProfile;
  readonly clock: Clock;
  readonly reservoir?: Pick<Reservoir, 'offer' | 'sent' | 'closed'> | undefined;
  /** Told how many hours of versions were given up, not all of them written. */
  readonly onDropped: (hours: number) => void;
  /** Of one process, version and hour; another for each, so that counts may begin again from 0. */
  readonly newId?: () => string;
}

/** Longest that an answer waits, for a profile or for writes; what remains goes on beside the next. */
const WAIT_MS = 250;
/** States that one request packs and writes; the others come with the next ones. */
const MAX_WRITES = 4;
/** Versions and hours counted at once. */
const MAX_HOURS = 256;

/** A version that was to answer, of a request that nothing answered. */
export interface Unanswered {
  readonly version: VersionRecord;
  readonly kind: 'unavailable' | 'internal' | 'late';
}
export type Counted = Told | Unanswered;

type Answered = Extract<Told, { kind: 'answered' }>;

/**
 * Counts what the versions of this process take and answer, by hour, and writes it as cumulative
 * counters. What clients did not get is for others to count.
 */
export class Capture {
  readonly #ports: CapturePorts;
  readonly #newId: () => string;
  readonly #profiles: VersionProfiles;
  readonly #hours = new Map<string, VersionHour>();
  readonly #invocations = new Map<number, InvocationCount>();
  /** Where the last answer was counted: most are of the same version. */
  #last: { readonly version: VersionRecord; readonly hour: VersionHour } | undefined;

  constructor(ports: CapturePorts) {
    this.#ports = ports;
    this.#newId = ports.newId ?? randomUUID;
    this.#profiles = new VersionProfiles(ports.readProfile, ports.clock);
  }

  /** Counts an event of the function, whatever it asks for. */
  invoked(): void {
    const hour = hourOf(this.#ports.clock());
    const known = this.#invocations.get(hour);
    const count = known ?? this.#newInvocations(hour);
    count.add();
  }

  /** A version is about to be asked: what its rows are counted by is read beside it. */
  expect(version: VersionRecord): void {
    this.#profiles.expect(version);
  }

  /** Counts what a client is told. What the request itself is to blame for counts for nobody. */
  told(told: Counted, requestId: string): void {
    const { version } = told;
    switch (told.kind) {
      case 'answered':
        this.#answered(told, requestId);
        return;
      case 'failed':
        if (!told.failure.unasked) this.#hourOf(version).failed(told.failure.kind);
        return;
      case 'refused':
      case 'late':
      case 'unavailable':
      case 'internal':
        this.#hourOf(version).failed(told.kind);
        return;
      case 'misfit':
        return;
    }
  }

  /** Writes what is due, and waits a little for it: to be awaited before answering. Never rejects. */
  async flushed(): Promise<void> {
    const reading = this.#profiles.reading();
    if (reading) await inTime(WAIT_MS / 2, reading);
    const now = this.#ports.clock();
    const current = hourOf(now);
    for (const hour of this.#hours.values()) hour.countHeld();
    const due = this.#all().filter(({ hour, state }) => state.isDue(now, hour < current));
    const writes = due
      .sort((a, b) => byTime(a.state.triedAt, b.state.triedAt))
      .slice(0, MAX_WRITES)
      .map(({ state }) => state.write(now));
    const sent = this.#ports.reservoir?.sent();
    if (sent) writes.push(sent);
    if (writes.length > 0) await inTime(reading ? WAIT_MS / 2 : WAIT_MS, Promise.all(writes));
    this.#forget(current);
  }

  /** Writes everything, for a process that is about to end. Never rejects. */
  async closed(): Promise<void> {
    const now = this.#ports.clock();
    for (const hour of this.#hours.values()) hour.countHeld();
    const left = this.#all().filter(({ state }) => !state.settled);
    const sent = this.#ports.reservoir?.closed();
    await Promise.all([...left.map(({ state }) => state.write(now)), sent]);
  }

  #answered({ version, request, outputs, manifest, ms, cached }: Answered, id: string): void {
    const [first] = request.inputs;
    const rows = first ? rowsOf(first) : 0;
    const answered = { inputs: request.inputs, outputs, rows };
    const by = () => this.#profiles.of(version, manifest);
    this.#hourOf(version).answered(answered, { ms, cached }, by);
    this.#ports.reservoir?.offer({ version, io: manifest.io, ...answered, requestId: id });
  }

  #hourOf(version: VersionRecord): VersionHour {
    const hour = hourOf(this.#ports.clock());
    if (this.#last?.version === version && this.#last.hour.hour === hour) return this.#last.hour;
    this.#last = { version, hour: this.#countedIn(version, hour) };
    return this.#last.hour;
  }

  #countedIn({ tenant, model, digest }: VersionRecord, hour: number): VersionHour {
    const key = `${tenant}/${model}/${digest}/${hour}`;
    const known = this.#hours.get(key);
    if (known) {
      // The map is in the order of last use.
      this.#hours.delete(key);
      this.#hours.set(key, known);
      return known;
    }
    const { counters } = this.#ports;
    const place = { tenant, model, digest, hour, process: this.#newId() };
    const made = new VersionHour((state) => counters.put(state), place);
    this.#hours.set(key, made);
    return made;
  }

  #newInvocations(hour: number): InvocationCount {
    const { invocations } = this.#ports;
    const place = { hour, process: this.#newId() };
    const made = new InvocationCount((counted) => invocations.put(counted), place);
    this.#invocations.set(hour, made);
    return made;
  }

  #all(): (VersionHour | InvocationCount)[] {
    return [...this.#hours.values(), ...this.#invocations.values()];
  }

  #forget(current: number): void {
    for (const [key, { hour, settled }] of this.#hours) {
      if (hour < current && settled) this.#drop(key);
    }
    for (const [key, { hour, state }] of this.#invocations) {
      if (hour < current && state.settled) this.#invocations.delete(key);
    }
    this.#evict(current);
  }

  /** First what is written, then what has ended, then what was not used for longest. */
  #evict(current: number): void {
    const excess = this.#hours.size - MAX_HOURS;
    if (excess <= 0) return;
    const worth = ({ hour, settled }: VersionHour) => (settled ? 0 : hour < current ? 1 : 2);
    const given = [...this.#hours].sort(([, a], [, b]) => worth(a) - worth(b)).slice(0, excess);
    for (const [key] of given) this.#drop(key);
    const lost = given.filter(([, { settled }]) => !settled).length;
    if (lost > 0) this.#ports.onDropped(lost);
  }

  #drop(key: string): void {
    this.#hours.delete(key);
    this.#last = undefined;
  }
}

/** Of times that may be infinite. */
const byTime = (a: number, b: number): number => (a === b ? 0 : a - b);
