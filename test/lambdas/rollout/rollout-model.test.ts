import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Approvals } from '#aws/approvals.ts';
import { Rollbacks } from '#aws/rollbacks.ts';
import { aliasKey, digestKey, modelKey } from '#domain/registry/keys.ts';
import type { RolloutRecord } from '#domain/rollout/record.ts';
import type { RollbackRequest } from '#domain/rollout/rollback-request.ts';
import type { RolloutRef } from '#domain/rollout/rollout-ref.ts';
import { act } from '../../../lambdas/act.ts';
import { beginRollback } from '../../../lambdas/rollout/begin-rollback.ts';
import { beginRollout } from '../../../lambdas/rollout/begin-rollout.ts';
import { failRollout } from '../../../lambdas/rollout/fail-rollout.ts';
import { killVersion } from '../../../lambdas/rollout/kill-version.ts';
import { lookAtRollout } from '../../../lambdas/rollout/look-at-rollout.ts';
import { promoteVersion } from '../../../lambdas/rollout/promote-version.ts';
import type { VouchedVersion } from '../../../lambdas/serving/vouched-version.ts';
import { targetNo } from '../../domain/serving/routing/sample-route.ts';
import { BLOCK, BRISK, EXECUTION, model, RolloutWorld } from './rollout-world.ts';

const VERSIONS = [1, 2, 3];

/** Both state machines of a model, whose tasks run in any order, late and more than once. */
class Machines {
  readonly world: RolloutWorld;
  readonly rollouts: RolloutRef[] = [];
  /** Rollbacks that were asked for; each may be run again. */
  readonly requests: RollbackRequest[] = [];
  readonly #rollbacks: Rollbacks;
  #ids = 0;

  constructor(world: RolloutWorld) {
    this.world = world;
    this.#rollbacks = new Rollbacks(world.table.registry);
  }

  async begin(n: number): Promise<void> {
    const rollout = { id: this.nextId(), ...model, ...targetNo(n) };
    this.rollouts.push(rollout);
    await this.#begin(rollout, EXECUTION);
  }

  /** Another execution goes on with the last rollout. */
  async restart(): Promise<void> {
    const rollout = this.rollouts.at(-1);
    if (rollout) await this.#begin(rollout, EXECUTION);
  }

  /** A look of the `back`-th last rollout, and what its state machine does after it. */
  async look(back: number): Promise<void> {
    const rollout = this.rollouts.at(-1 - back);
    if (!rollout || !(await this.world.rollouts.get(rollout, rollout.id))) return;
    const asked = { rollout, execution: EXECUTION };
    const after = await lookAtRollout(this.world.ports)(asked);
    if (after.outcome === 'roll-back') this.requests.push(after.rollback);
    if (after.outcome !== 'promote') return;
    const promoted = await promoteVersion(this.world.ports)(asked);
    if (promoted.outcome === 'blocked') this.requests.push(promoted.rollback);
  }

  async fault(): Promise<void> {
    const rollout = this.rollouts.at(-1);
    if (!rollout) return;
    const failed = await failRollout(this.world.ports)({
      rollout,
      execution: EXECUTION,
      fault: { Error: 'Runtime.Exit', Cause: null },
    });
    if (failed.outcome === 'withdraw') this.requests.push(failed.rollback);
  }

  async ask(n: number, abort: boolean): Promise<void> {
    const { generation } = await this.world.route();
    const asked = { severity: 'critical', trigger: 'person', reason: 'no', actor: 'mia' } as const;
    const id = this.nextId();
    this.requests.push({ id, ...model, ...targetNo(n), ...asked, generation, abort });
  }

  async rollBack(back: number): Promise<void> {
    const rollback = this.requests.at(-1 - back);
    if (!rollback) return;
    const ports = {
      ...this.world.ports,
      rollbacks: this.#rollbacks,
      approvals: new Approvals(this.world.table.registry),
      vouch: async () => ({ ok: true as const, value: {} as VouchedVersion }),
      count: () => {},
    };
    const { outcome } = await beginRollback(ports)({ rollback, execution: 'arn:rollback' });
    const { id } = rollback;
    if (outcome === 'critical') await killVersion(ports)({ rollback: { ...model, id } });
  }

  async person(change: (record: RolloutRecord) => Promise<unknown>): Promise<void> {
    const record = await this.world.rollouts.running(model);
    if (record) await change(record);
  }

  nextId = (): string => `01890000-0000-7000-8000-${String(++this.#ids).padStart(12, '0')}`;

  #begin(rollout: RolloutRef, execution: string) {
    const startedAt = new Date().toISOString();
    return beginRollout(this.world.ports)({ rollout, execution, startedAt });
  }
}

type Doing = readonly [string, (machines: Machines) => Promise<void>];

const serve = (failures: number) => async (machines: Machines) => {
  const { candidate } = await machines.world.route();
  if (!candidate) return;
  const share = candidate.share || 0.5;
  const treated = Math.round(100_000 * share);
  await machines.world.serve(
    [treated, Math.round(treated * failures)],
    [100_000 - treated, Math.round((100_000 - treated) * 0.0005)],
  );
};

/** What is healthy, and looked at in time. */
const HEALTHY: Doing = [
  'a healthy look',
  async (machines) => {
    await serve(0.0005)(machines);
    machines.world.pass(25);
    await machines.look(0);
  },
];
const version = fc.constantFrom(...VERSIONS);
const doings = fc.oneof(
  { weight: 8, arbitrary: fc.constant(HEALTHY) },
  version.map((n): Doing => [`begin ${n}`, (to) => to.begin(n)]),
  fc.constantFrom<Doing>(
    ['harm', serve(0.05)],
    ['fault', (to) => to.fault()],
    ['restart', (to) => to.restart()],
    ['wait a minute', async ({ world }) => world.pass(60)],
    ['wait two hours', async ({ world }) => world.pass(7200)],
    ['pause', (to) => to.person((r) => to.world.rollouts.pause(r, act('mia'), 'x'))],
    ['resume', (to) => to.person((r) => to.world.rollouts.resume(r, act('mia'), 'x'))],
    ['allow', (to) => to.person((r) => to.world.rollouts.allow(r, r.steps.length, act('mia')))],
  ),
  fc
    .boolean()
    .map((on): Doing => [on ? 'block' : 'unblock', async ({ world }) => world.setBlocked(on)]),
  fc.nat(2).map((back): Doing => [`look at the last but ${back}`, (to) => to.look(back)]),
  fc.nat(3).map((back): Doing => [`roll back the last but ${back}`, (to) => to.rollBack(back)]),
  fc
    .tuple(version, fc.boolean())
    .map(([n, abort]): Doing => [`ask to end ${n}`, (to) => to.ask(n, abort)]),
  version.map(
    (n): Doing => [
      `approve ${n}`,
      async ({ world }) => {
        const { state } = await world.version(n);
        if (state === 'STAGING') world.setVersion(n, state);
      },
    ],
  ),
);

/** All that is true, but for leases, which are renewed without an entry. */
function truth({ table }: RolloutWorld): string {
  const items = [...table.items].filter(([key]) => !key.startsWith('AUD#')).sort();
  return JSON.stringify(items).replaceAll(/"leaseUntil":\d+/g, '');
}

/** Each rollout's id with whether it has, or had, all traffic. */
async function takeovers({ rollouts }: RolloutWorld): Promise<ReadonlyMap<string, string>> {
  const all = await rollouts.list(model);
  return new Map(
    all.map((one) => [one.id, `${one.steps.length === 6} ${one.status === 'PROMOTED'}`]),
  );
}

/** Of what took over while the model was blocked, a person had been asked about this block. */
async function leaveWasGiven(
  { rollouts }: RolloutWorld,
  before: ReadonlyMap<string, string>,
): Promise<void> {
  for (const { id, status, steps, despite } of await rollouts.list(model)) {
    const promoted = status === 'PROMOTED';
    if (before.get(id) === `${steps.length === 6} ${promoted}`) continue;
    if (promoted || steps.length === 6) expect(despite?.since).toBe(BLOCK.since);
  }
}

async function promisesHold(machines: Machines): Promise<void> {
  const { world } = machines;
  const route = await world.route();
  const versions = await Promise.all(VERSIONS.map((n) => world.version(n)));
  const serving = versions.filter(({ state }) => state === 'PRODUCTION');
  expect(serving.map(({ digest }) => digest)).toEqual([route.stable.digest]);
  const [{ version: champion } = { version: '' }] = serving;
  expect(world.table.get(modelKey(model))).toMatchObject({ champion });
  expect(world.table.get(aliasKey(model, 'champion'))).toMatchObject({ version: champion });
  for (const digest of [route.stable.digest, route.candidate?.digest ?? route.stable.digest]) {
    const { quarantinedUntil = 0 } = world.table.get(digestKey('acme', digest)) ?? {};
    expect(Number(quarantinedUntil)).toBeLessThanOrEqual(Date.now());
  }
  for (const { status, last, allowedStep, steps } of await world.rollouts.list(model)) {
    if (status !== 'PROMOTED') continue;
    expect(last?.outcome === 'PASS' || allowedStep === steps.length).toBe(true);
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

it('keeps its promises, and an entry of each change, whatever the tasks of both machines do', async () => {
  const seen: Record<string, number> = {};
  await fc.assert(
    fc.asyncProperty(
      fc.array(doings, { minLength: 10, maxLength: 40, size: 'max' }),
      async (all) => {
        const world = await new RolloutWorld(BRISK).ready();
        world.setVersion(3, 'STAGING');
        const machines = new Machines(world);
        await machines.begin(2);
        for (const [name, doing] of all) {
          const [before, entries] = [truth(world), world.audit().length];
          const { generation } = await world.route();
          const [all, blocked] = [await takeovers(world), await world.blocks.of(model, undefined)];
          await doing(machines);
          if (blocked) await leaveWasGiven(world, all);
          const others = name.startsWith('approve') || name.includes('block');
          if (!others) {
            expect(world.audit().length > entries, name).toBe(truth(world) !== before);
          }
          const grown = (await world.route()).generation - generation;
          expect(grown === 0 || grown === 1, name).toBe(true);
          await promisesHold(machines);
        }
        for (const type of world.audit()) seen[type] = (seen[type] ?? 0) + 1;
      },
    ),
    { numRuns: 80 },
  );
  for (const type of ['rollout.completed', 'rollout.rolledback', 'rollout.aborted']) {
    expect(seen[type], type).toBeGreaterThan(0);
  }
});
