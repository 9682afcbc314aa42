import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lifeOf } from '#domain/rollout/next-move.ts';
import { continuedBy, stepOf, withLeave, withPause } from '#domain/rollout/progress.ts';
import type { RolloutRecord } from '#domain/rollout/record.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';
import { moment } from '../serving/routing/sample-route.ts';
import { begin, look, type Memory, SHOWN } from './rollout-acts.ts';
import { type Copy, numberOf, RolloutStore } from './rollout-store.ts';

/** Writers that decide upon what they read some time ago. */
const WRITERS = 2;
class Step implements fc.Command<Memory, RolloutStore> {
  readonly #name: string;
  readonly #act: (store: RolloutStore, memory: Memory) => void;
  constructor(name: string, act: (store: RolloutStore, memory: Memory) => void) {
    this.#name = name;
    this.#act = act;
  }
  check = (): boolean => true;
  run(memory: Memory, store: RolloutStore): void {
    const before = store.route;
    const production = before.stable.digest;
    this.#act(store, memory);
    expect(store.problems()).toEqual([]);
    const { generation, killEpoch } = store.route;
    const grown = generation - before.generation;
    expect(grown === 0 || grown === 1).toBe(true);
    expect(killEpoch - before.killEpoch === 0 || grown === 1).toBe(true);
    if (grown === 0) expect(withoutLease(store.route)).toEqual(withoutLease(before));
    if (store.route.stable.digest !== production && killEpoch === before.killEpoch) {
      store.promotions += 1;
    }
  }
  toString = (): string => this.#name;
}

const withoutLease = ({ candidate, ...route }: RouteDocument) => ({
  ...route,
  candidate: { ...candidate, leaseUntil: 0 },
});

const step = (name: string, act: (store: RolloutStore, memory: Memory) => void) =>
  new Step(name, act);

/** A person changes the record as it is; looks that read it before have to read it again. */
function person(store: RolloutStore, change: (record: RolloutRecord) => RolloutRecord): void {
  const seen = store.copy();
  if (seen.record) store.commit(seen, { record: change(seen.record) });
}

/** A person lets the next step begin, despite what was asked about. */
const allowed =
  (memory: Memory) =>
  (record: RolloutRecord): RolloutRecord => {
    const next = stepOf(record) + 1;
    memory.leave.add(`${record.id}/${next}`);
    const { block } = record.asked ?? {};
    if (block) memory.despite.add(`${record.id}/${block.since}`);
    return withLeave(record, next, record.updatedAt);
  };

const version = fc.integer({ min: 1, max: 4 });
const writer = fc.integer({ min: 0, max: WRITERS });
const by = (store: RolloutStore, memory: Memory, w: number): Copy =>
  memory.copies[w - 1] ?? store.copy();

const COMMANDS = [
  fc
    .tuple(version, writer)
    .map(([n, w]) =>
      step(`begin ${n} by ${w}`, (store, memory) => begin(store, memory, n, by(store, memory, w))),
    ),
  fc
    .tuple(fc.constantFrom(...SHOWN), writer)
    .map(([shown, w]) =>
      step(`look at ${shown} by ${w}`, (store, memory) =>
        look(store, memory, shown, by(store, memory, w)),
      ),
    ),
  // Most looks see a healthy candidate by what is true now: else no run would ever promote.
  fc.constant(
    step('look at health', (store, memory) => look(store, memory, 'health', store.copy())),
  ),
  fc.constant(
    step('look at health again', (store, memory) => look(store, memory, 'health', store.copy())),
  ),
  fc.tuple(version, fc.integer({ min: 0, max: 3 }), fc.boolean()).map(([n, back, abort]) =>
    step(`${abort ? 'abort' : 'kill'} ${n} as seen ${back} ago`, (store) => {
      const seen = Math.max(1, store.route.generation - back);
      store.kill(n, seen, abort);
    }),
  ),
  fc.constant(
    step('abort what runs', (store) => {
      const { running, route } = store;
      if (!running || lifeOf(running, route).kind === 'withdrawn') return;
      expect(store.kill(numberOf(running.version), route.generation, true)).toBe(true);
      expect(store.records.find(({ id }) => id === running.id)?.status).toBe('ABORTED');
    }),
  ),
  version.map((n) =>
    step(`approve ${n}`, (store) => {
      store.approved.add(n);
    }),
  ),
  fc
    .boolean()
    .map((paused) =>
      step(paused ? 'pause' : 'resume', (store) =>
        person(store, (record) => withPause(record, paused, record.updatedAt)),
      ),
    ),
  fc.constant(step('allow the next step', (store, memory) => person(store, allowed(memory)))),
  // Seldom do a block, its question, the leave and a look come in this order by chance.
  fc.constant(
    step('look, allow and look', (store, memory) => {
      look(store, memory, 'health', store.copy());
      if (!store.running?.asked) return;
      person(store, allowed(memory));
      look(store, memory, 'health', store.copy());
    }),
  ),
  fc.boolean().map((blocked) =>
    step(blocked ? 'block' : 'clear the block', (store) => {
      store.block = blocked ? { since: moment(store.now).iso, by: 'errors (page)' } : undefined;
    }),
  ),
  fc.constant(
    step('restart', (store) =>
      person(store, (record) => continuedBy(record, `${record.execution}+`, record.updatedAt)),
    ),
  ),
  fc.integer({ min: 1, max: WRITERS }).map((w) =>
    step(`read by ${w}`, (store, memory) => {
      memory.copies[w - 1] = store.copy();
    }),
  ),
  fc.constantFrom(1_000, 30_000, 120_000, 26 * 3_600_000).map((ms) =>
    step(`wait ${ms} ms`, (store) => {
      store.now += ms;
    }),
  ),
];

it('keeps one version in production, and promises to everybody, whatever comes in any order', () => {
  const seen = { promotions: 0, rollbacks: 0, rollbacksWhileBlocked: 0, leaveUsed: 0 };
  fc.assert(
    fc.property(fc.commands(COMMANDS, { maxCommands: 80, size: 'max' }), (commands) => {
      const store = new RolloutStore();
      const memory: Memory = { copies: [], ids: 0, leave: new Set(), despite: new Set() };
      fc.modelRun(() => ({ model: memory, real: store }), commands);
      seen.promotions += store.promotions;
      seen.rollbacks += store.rollbacks;
      seen.rollbacksWhileBlocked += store.rollbacksWhileBlocked;
      seen.leaveUsed += store.leaveUsed;
      const promoted = store.records.filter(({ status }) => status === 'PROMOTED');
      expect(promoted).toHaveLength(store.promotions);
      for (const { last, steps, id } of promoted) {
        const leave = memory.leave.has(`${id}/${steps.length}`);
        expect(last?.outcome === 'PASS' || leave).toBe(true);
        expect(steps.map((one) => one.step)).toEqual([0, 1, 2, 3, 4, 5]);
      }
    }),
    { numRuns: 400 },
  );
  expect(seen.promotions).toBeGreaterThan(0);
  expect(seen.rollbacks).toBeGreaterThan(0);
  expect(seen.rollbacksWhileBlocked).toBeGreaterThan(0);
  expect(seen.leaveUsed).toBeGreaterThan(0);
});

it('gives a version that was rolled back no share again while it is in quarantine', () => {
  const store = new RolloutStore();
  const memory: Memory = { copies: [], ids: 0, leave: new Set(), despite: new Set() };
  begin(store, memory, 2, store.copy());
  look(store, memory, 'health', store.copy());
  look(store, memory, 'harm', store.copy());
  expect(store.route).not.toHaveProperty('candidate');
  expect(store.records.map(({ status }) => status)).toEqual(['ROLLED_BACK']);
  store.approved.add(2);
  begin(store, memory, 2, store.copy());
  expect(store.records).toHaveLength(1);
  store.now += 3_600_000;
  begin(store, memory, 2, store.copy());
  expect(store.records).toHaveLength(2);
});
