import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Digest } from '#domain/registry/digest.ts';
import { ramp, recede, startCandidate } from '#domain/serving/routing/candidate.ts';
import { decide, isQuarantined } from '#domain/serving/routing/decide.ts';
import { kill } from '#domain/serving/routing/kill.ts';
import { promote } from '#domain/serving/routing/promote.ts';
import { supersedes } from '#domain/serving/routing/read-route.ts';
import { renewLease } from '#domain/serving/routing/renew-lease.ts';
import { RouteDocument } from '#domain/serving/routing/route-document.ts';
import type { Transition } from '#domain/serving/routing/transition.ts';
import { reweigh, startExperiment, stopExperiment } from '#domain/serving/routing/trial.ts';
import { digestNo, moment, NOW, sampleExperiment, sampleRoute, targetNo } from './sample-route.ts';

/** Who writes decides upon a copy that may be old; a store takes it if nothing came between. */
const WRITERS = 3;
const USERS = Array.from({ length: 20 }, (_, i) => `user-${i}`);

/** What the world has seen so far. */
interface Model {
  now: number;
  /** Stable of each generation that was ever stored. */
  readonly stables: Map<number, Digest>;
  readonly quarantine: Map<Digest, number>;
  shares: number;
  kills: number;
  promotions: number;
}

class Store {
  route = sampleRoute();
  readonly copies = Array.from({ length: WRITERS }, () => this.route);
  /** A cache that hears of documents late, and in any order. */
  cached = this.route;
  readonly history: RouteDocument[] = [this.route];

  /** As a conditional write would: on generation and kill epoch, and for a renewal on its lease. */
  put(from: RouteDocument, transition: Transition): boolean {
    const { generation, killEpoch } = this.route;
    if (!transition.ok || from.generation !== generation || from.killEpoch !== killEpoch)
      return false;
    if (!supersedes(transition.route, this.route)) return false;
    this.route = transition.route;
    this.history.push(this.route);
    return true;
  }
}

type Made = (route: RouteDocument, now: number) => Transition;

/** A change that one writer decides upon its copy, and what must be true when it is taken. */
class Write implements fc.Command<Model, Store> {
  readonly #name: string;
  readonly #writer: number;
  readonly #make: Made;

  constructor(name: string, writer: number, make: Made) {
    this.#name = name;
    this.#writer = writer;
    this.#make = make;
  }

  check = (): boolean => true;

  run(model: Model, store: Store): void {
    const before = store.route;
    const copy = (this.#writer > 0 && store.copies[this.#writer]) || before;
    if (!store.put(copy, this.#make(copy, model.now))) {
      expect(store.route).toBe(before);
      return;
    }
    store.copies[this.#writer] = store.route;
    holds(model, before, store.route);
  }

  toString = (): string => `${this.#name} by ${this.#writer}`;
}

class Read implements fc.Command<Model, Store> {
  readonly #writer: number;
  constructor(writer: number) {
    this.#writer = writer;
  }
  check = (): boolean => true;
  run(_: Model, store: Store): void {
    store.copies[this.#writer] = store.route;
  }
  toString = (): string => `read by ${this.#writer}`;
}

class Hear implements fc.Command<Model, Store> {
  readonly #back: number;
  constructor(back: number) {
    this.#back = back;
  }
  check = (): boolean => true;
  run(_: Model, store: Store): void {
    const heard = store.history.at(-1 - this.#back) ?? store.route;
    const held = store.cached;
    if (supersedes(heard, held)) store.cached = heard;
    expect(store.cached.killEpoch).toBeGreaterThanOrEqual(held.killEpoch);
    expect(store.cached.generation).toBeGreaterThanOrEqual(held.generation);
  }
  toString = (): string => `hear of the document ${this.#back} writes ago`;
}

class Wait implements fc.Command<Model, Store> {
  readonly #ms: number;
  constructor(ms: number) {
    this.#ms = ms;
  }
  check = (): boolean => true;
  run(model: Model, { route }: Store): void {
    model.now += this.#ms;
    const { candidate, experiments } = route;
    const live = [candidate, ...experiments].some((one) => (one?.leaseUntil ?? 0) > model.now);
    if (!live) for (const userId of USERS) expect(chosen(route, userId, model.now)).toBe('stable');
  }
  toString = (): string => `wait ${this.#ms} ms`;
}

/** A kill reads the route again where another writer came between, as the others may not. */
class Killing implements fc.Command<Model, Store> {
  readonly #version: number;
  readonly #back: number;
  constructor(version: number, back: number) {
    this.#version = version;
    this.#back = back;
  }
  check = (): boolean => true;
  run(model: Model, store: Store): void {
    const before = store.route;
    const digest = digestNo(this.#version);
    const seenGeneration = Math.max(1, before.generation - this.#back);
    const quarantineUntil = model.now + 90_000;
    const asked = { digest, seenGeneration, quarantineUntil };
    if (!store.put(before, kill(before, asked, moment(model.now)))) {
      const servesByTrial = before.candidate?.digest === digest;
      const since = before.candidate?.since ?? 0;
      expect(servesByTrial && seenGeneration >= since).toBe(false);
      return;
    }
    model.kills += 1;
    model.quarantine.set(digest, quarantineUntil);
    expect(store.route.killEpoch).toBe(before.killEpoch + 1);
    holds(model, before, store.route);
  }
  toString = (): string => `kill ${this.#version} as seen ${this.#back} generations ago`;
}

function holds(model: Model, before: RouteDocument, after: RouteDocument): void {
  expect(RouteDocument.safeParse(after).success).toBe(true);
  expect(after.generation - before.generation).toBeGreaterThanOrEqual(0);
  expect(after.generation - before.generation).toBeLessThanOrEqual(1);
  expect(after.killEpoch).toBeGreaterThanOrEqual(before.killEpoch);
  expect(supersedes(before, after)).toBe(false);

  const known = model.stables.get(after.generation);
  expect(known ?? after.stable.digest).toBe(after.stable.digest);
  model.stables.set(after.generation, after.stable.digest);
  if (after.stable.digest !== before.stable.digest && after.killEpoch === before.killEpoch) {
    expect(before.candidate?.digest).toBe(after.stable.digest);
    expect(before.candidate?.leaseUntil).toBeGreaterThan(model.now);
    model.promotions += 1;
  }
  sharesHold(model, before, after);
  for (const [digest, until] of model.quarantine) {
    if (until <= model.now) continue;
    expect(isQuarantined(after, digest, model.now)).toBe(true);
    for (const userId of USERS) expect(answering(after, userId, model.now)).not.toBe(digest);
  }
}

function sharesHold(model: Model, before: RouteDocument, after: RouteDocument): void {
  const [old, current] = [before.candidate, after.candidate];
  if (!current) return;
  const grown = current.share - (old?.since === current.since ? old.share : 0);
  if (grown > 0) {
    expect(old?.leaseUntil).toBeGreaterThan(model.now);
    expect(old?.epoch).toBe(after.killEpoch);
    model.shares += 1;
  }
  if (!old || grown < 0 || old.since !== current.since || before.experiments.length > 0) return;
  for (const userId of USERS) {
    if (chosen(before, userId, model.now) !== 'candidate' || after.experiments.length > 0) continue;
    expect(chosen(after, userId, model.now)).toBe('candidate');
  }
}

function chosen(route: RouteDocument, userId: string, now: number): string {
  const decision = decide(route, { requestId: 'r', userId, attributes: {} }, now);
  return decision.ok ? decision.variant : decision.reason;
}

function answering(route: RouteDocument, userId: string, now: number): Digest | undefined {
  const decision = decide(route, { requestId: 'r', userId, attributes: {} }, now);
  return decision.ok ? decision.digest : undefined;
}

const seenOf = ({ generation, killEpoch }: RouteDocument) => ({ generation, killEpoch });
const { id, layer, range, variants } = sampleExperiment();
const writer = fc.nat(WRITERS - 1);
const version = fc.integer({ min: 1, max: 4 });
const share = fc.constantFrom(0.05, 0.1, 0.25, 0.5, 1, 1);

/** Writer 0 reads before it writes; the others rely on what they have read at some time. */
const write = <T>(name: string, argument: fc.Arbitrary<T>, make: (argument: T) => Made) =>
  fc
    .tuple(fc.oneof(fc.constant(0), writer), argument)
    .map(([by, value]) => new Write(`${name} ${value}`, by, make(value)));

const commands = [
  write(
    'start',
    version,
    (n) => (route, now) =>
      startCandidate(
        route,
        { seen: seenOf(route), target: targetNo(n), leaseSeconds: 60 },
        moment(now),
      ),
  ),
  write(
    'ramp to',
    share,
    (to) => (route, now) =>
      ramp(
        route,
        { seen: seenOf(route), mode: to === 1 ? 'full' : 'canary', share: to, leaseSeconds: 60 },
        moment(now),
      ),
  ),
  write(
    'ramp to',
    share,
    (to) => (route, now) =>
      ramp(
        route,
        { seen: seenOf(route), mode: to === 1 ? 'full' : 'canary', share: to, leaseSeconds: 30 },
        moment(now),
      ),
  ),
  write(
    'recede to',
    fc.constantFrom(0, 0.05, 0.2),
    (to) => (route, now) => recede(route, { seen: seenOf(route), share: to }, moment(now)),
  ),
  write(
    'renew',
    fc.constantFrom(30, 60),
    (seconds) => (route, now) => renewLease(route, { seen: seenOf(route), seconds }, moment(now)),
  ),
  write(
    'promote',
    fc.constant('the candidate'),
    () => (route, now) =>
      promote(
        route,
        { seen: seenOf(route), digest: route.candidate?.digest ?? digestNo(0) },
        moment(now),
      ),
  ),
  write(
    'try',
    fc.constant(id),
    () => (route, now) =>
      startExperiment(
        route,
        { seen: seenOf(route), experiment: { id, layer, range, variants }, leaseSeconds: 60 },
        moment(now),
      ),
  ),
  write(
    'weigh',
    fc.double({ min: 0, max: 1, noNaN: true }),
    (bold) => (route, now) =>
      reweigh(
        route,
        { seen: seenOf(route), id, weights: { bold, control: 1 - bold } },
        moment(now),
      ),
  ),
  write(
    'stop',
    fc.constant(id),
    () => (route, now) => stopExperiment(route, { seen: seenOf(route), id }, moment(now)),
  ),
  writer.map((by) => new Read(by)),
  writer.map((by) => new Read(by)),
  fc.nat(8).map((back) => new Hear(back)),
  fc.constantFrom(1000, 20_000, 61_000).map((ms) => new Wait(ms)),
  fc.tuple(version, fc.nat(3)).map(([n, back]) => new Killing(n, back)),
];

it('holds whatever many writers with old copies do: one stable, kills count up, shares by lease', () => {
  const met = { shares: 0, kills: 0, promotions: 0 };
  fc.assert(
    fc.property(fc.commands(commands, { maxCommands: 80, size: 'max' }), (sequence) => {
      const model: Model = {
        now: NOW,
        stables: new Map(),
        quarantine: new Map(),
        shares: 0,
        kills: 0,
        promotions: 0,
      };
      fc.modelRun(() => ({ model, real: new Store() }), sequence);
      met.shares += model.shares;
      met.kills += model.kills;
      met.promotions += model.promotions;
    }),
    { numRuns: 1000 },
  );
  // What never happened was not tested.
  expect(Math.min(met.shares, met.kills, met.promotions)).toBeGreaterThan(20);
});
