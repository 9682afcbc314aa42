import { pathToFileURL } from 'node:url';
import { DEFAULT_ROLLOUT_POLICY, type RolloutPolicy } from '#domain/gates/rollout-policy.ts';
import { shareOf } from '#domain/rollout/apply-look.ts';
import { generationsOf, keptCounts } from '#domain/rollout/generations.ts';
import { judgeLook } from '#domain/rollout/judge-look.ts';
import { lookFromTraffic } from '#domain/rollout/look-from-traffic.ts';
import type { RolloutRecord } from '#domain/rollout/record.ts';
import { startRollout } from '#domain/rollout/state.ts';
import { sumTraffic, type Traffic } from '#domain/rollout/traffic.ts';
import { type Place, TrafficRecorder } from '../../lambdas/serving/traffic/recorder.ts';
import { clopperPearson } from './clopper-pearson.ts';
import { type Random, sfc32 } from './random.ts';

/** Users who meet several processes, and of whom a few fail again and again, in either version. */
export interface Crowd {
  readonly processes: number;
  readonly users: number;
  /** Requests between two looks. */
  readonly requests: number;
  readonly looks: number;
  /** Share of the users who ever fail, by version. */
  readonly failing: { readonly stable: number; readonly candidate: number };
  /** How many times the share meant is routed to the candidate. */
  readonly misrouted: number;
  /** Whether looks know users of one process from those of others. */
  readonly distinct: boolean;
}

export interface Ended {
  readonly end: 'FAIL' | 'ERROR' | 'promoted' | 'undecided';
  readonly looks: number;
  readonly bytes: number;
}

/** What each request of a failing user comes to. */
const FAILS = 0.5;
const LOOK_MS = 120_000;
const AT = '2026-01-01T00:00:00.000Z';

/** Judged by failures alone, and by so few users that small crowds come through all steps. */
const CROWD_POLICY: RolloutPolicy = {
  ...DEFAULT_ROLLOUT_POLICY,
  shadow: false,
  exposuresMin: 100,
  guardrails: [{ id: 'failures', kind: 'events', better: 'lower', required: true }],
};

interface User {
  readonly unit: string;
  readonly bucket: number;
  readonly proneness: number;
}

type Rollout = Pick<RolloutRecord, 'steps' | 'state' | 'counted' | 'policy'>;

/** One rollout, from the requests on: its counters, looks and steps. */
export async function crowded(crowd: Crowd, seed: number, stream: number): Promise<Ended> {
  const random = sfc32(seed, stream);
  const world = new Processes(crowd, random);
  let record: Rollout = {
    steps: [{ step: 1, generation: 1, at: AT }],
    state: startRollout(CROWD_POLICY),
    counted: {},
    policy: CROWD_POLICY,
  };
  for (let looks = 1; looks <= crowd.looks; looks++) {
    const { step, generation } = record.steps.at(-1) as Rollout['steps'][number];
    await world.serve(generation, shareOf(step, CROWD_POLICY));
    const generations = generationsOf(record, generation);
    const counted = keptCounts(record.counted, generations);
    const now = Object.fromEntries(
      generations.all.map((one) => {
        const traffic = generations.open.has(one) ? world.traffic(one) : {};
        return [one, { traffic, outcomes: {} }];
      }),
    );
    const looked = lookFromTraffic({ ...record, counted }, now);
    const { state, judgement } = judgeLook(record.state, looked.look, CROWD_POLICY);
    record = { ...record, state, counted: looked.counted };
    const { bytes } = world;
    const { outcome } = judgement;
    if (outcome === 'FAIL' || outcome === 'ERROR') return { end: outcome, looks, bytes };
    if (outcome !== 'PASS') continue;
    if (step === CROWD_POLICY.steps.length) return { end: 'promoted', looks, bytes };
    const next = { step: step + 1, generation: generation + 1, at: AT };
    record = { ...record, steps: [...record.steps, next] };
  }
  return { end: 'undecided', looks: crowd.looks, bytes: world.bytes };
}

class Processes {
  /** Of the greatest item. */
  bytes = 0;
  readonly #crowd: Crowd;
  readonly #random: Random;
  readonly #users: readonly User[];
  readonly #items = new Map<string, { readonly generation: number; readonly traffic: Traffic }>();
  readonly #recorders: readonly TrafficRecorder[];
  #now = 0;

  constructor(crowd: Crowd, random: Random) {
    this.#crowd = crowd;
    this.#random = random;
    this.#users = Array.from({ length: crowd.users }, () => ({
      unit: Array.from({ length: 4 }, () => hex(random())).join(''),
      bucket: random(),
      proneness: random(),
    }));
    let id = 0;
    const counters = {
      put: async ({ process, generation, traffic }: Parameters<Put>[0]) => {
        this.#items.set(process, { generation, traffic });
        this.bytes = Math.max(this.bytes, JSON.stringify(traffic).length);
      },
    };
    const newId = () => `p${id++}`;
    this.#recorders = Array.from(
      { length: crowd.processes },
      () => new TrafficRecorder(counters, () => this.#now, { newId, maxUsers: crowd.users }),
    );
  }

  async serve(generation: number, share: number): Promise<void> {
    const { requests, misrouted } = this.#crowd;
    const end = this.#now + LOOK_MS;
    for (let i = 0; i < requests; i++) {
      this.#now += LOOK_MS / (requests + 1);
      this.#answer(generation, share === 1 ? 1 : share * misrouted);
    }
    this.#now = end;
    await Promise.all(this.#recorders.map((recorder) => recorder.flushed()));
  }

  #answer(generation: number, share: number): void {
    const { failing } = this.#crowd;
    const user = pick(this.#users, this.#random);
    const recorder = pick(this.#recorders, this.#random);
    const arm = user.bucket < share ? 'candidate' : 'stable';
    const place: Place = {
      ...{ tenant: 'acme', model: 'risk', generation, arm },
      ...{ trial: 'candidate/0123456789abcdef', unit: user.unit, by: 'user' },
    };
    recorder.assigned(place);
    if (user.proneness < failing[arm] && this.#random() < FAILS) recorder.failed(place, 'threw');
    else recorder.answered(place, undefined);
  }

  traffic(generation: number): Traffic {
    const all = [...this.#items.values()].filter((item) => item.generation === generation);
    const sum = sumTraffic(all.map(({ traffic }) => traffic));
    return this.#crowd.distinct ? sum : asRequests(sum);
  }
}

type Put = ConstructorParameters<typeof TrafficRecorder>[0]['put'];

/** As if each process's users were units of their own. */
const asRequests = (traffic: Traffic): Traffic =>
  Object.fromEntries(
    Object.entries(traffic).map(([trial, arms]) => [
      trial,
      Object.fromEntries(Object.entries(arms).map(([arm, { users: _, ...all }]) => [arm, all])),
    ]),
  );

const hex = (share: number): string =>
  Math.floor(share * 2 ** 32)
    .toString(16)
    .padStart(8, '0');

const pick = <T>(all: readonly T[], random: Random): T =>
  all[Math.floor(random() * all.length)] as T;

export const CROWD: Crowd = {
  processes: 10,
  users: 3000,
  requests: 4000,
  looks: 30,
  failing: { stable: 0.02, candidate: 0.02 },
  misrouted: 1,
  distinct: true,
};

const WORLDS: readonly (readonly [name: string, world: Partial<Crowd>])[] = [
  ['equal', {}],
  ['equal, 40 processes', { processes: 40 }],
  ['5 % routed as 10 %', { misrouted: 2 }],
  [
    '2 % and 6 % fail, 20,000 users',
    { users: 20_000, requests: 12_000, failing: { stable: 0.02, candidate: 0.06 } },
  ],
];

/** `npx tsx bench/simulate/processes.ts 200`: so many rollouts of each world. */
async function main(runs: number): Promise<void> {
  for (const [name, world] of WORLDS) {
    for (const distinct of [false, true]) {
      const ends: Record<string, number> = {};
      let [bytes, looks] = [0, 0];
      for (let run = 0; run < runs; run++) {
        const ended = await crowded({ ...CROWD, ...world, distinct }, 20_261_121, run);
        ends[ended.end] = (ends[ended.end] ?? 0) + 1;
        bytes = Math.max(bytes, ended.bytes);
        looks += ended.looks;
      }
      const failed = ends.FAIL ?? 0;
      const { low, high } = clopperPearson(failed, runs);
      console.log(
        `${name}, ${distinct ? 'each user once' : 'a user once in each process'}:`,
        JSON.stringify(ends),
        `rolled back ${((100 * failed) / runs).toFixed(1)} % (${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)})`,
        `looks ${(looks / runs).toFixed(1)}, greatest item ${bytes} bytes`,
      );
    }
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main(Number(process.argv[2] ?? 200));
}
