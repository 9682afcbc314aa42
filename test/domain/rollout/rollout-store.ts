import type { Digest } from '#domain/registry/digest.ts';
import { mayMove, type Stage } from '#domain/registry/stage.ts';
import { endedAs } from '#domain/rollout/progress.ts';
import type { PromotionBlock, RolloutRecord } from '#domain/rollout/record.ts';
import { isQuarantined } from '#domain/serving/routing/decide.ts';
import { kill } from '#domain/serving/routing/kill.ts';
import { RouteDocument } from '#domain/serving/routing/route-document.ts';
import { digestNo, moment, NOW, sampleRoute } from '../serving/routing/sample-route.ts';

const VERSIONS = [1, 2, 3, 4] as const;
const COOL_DOWN_MS = 3_600_000;

/** What a writer read, and decides upon: it may be old. */
export interface Copy {
  readonly route: RouteDocument;
  readonly record: RolloutRecord | undefined;
  readonly block: PromotionBlock | undefined;
}

interface Change {
  readonly route?: RouteDocument;
  readonly record?: RolloutRecord;
  readonly stages?: ReadonlyMap<number, Stage>;
  /** It holds only while the model is not blocked. */
  readonly unlessBlocked?: boolean;
  /** Or is blocked as it was when a person let it go on. */
  readonly despite?: PromotionBlock | undefined;
}

/** A registry of one model that takes a change where what it was made from still stands. */
export class RolloutStore {
  now = NOW;
  route = sampleRoute();
  readonly records: RolloutRecord[] = [];
  readonly stages = new Map<number, Stage>(
    VERSIONS.map((n) => [n, n === 1 ? 'PRODUCTION' : 'STAGING']),
  );
  readonly approved = new Set<number>([2, 3, 4]);
  /** Milliseconds since the epoch until which a digest may not serve. */
  readonly quarantine = new Map<Digest, number>();
  /** What the model's monitoring says. */
  block: PromotionBlock | undefined;
  promotions = 0;
  rollbacks = 0;
  rollbacksWhileBlocked = 0;
  /** Times that a version got all traffic though the model was blocked. */
  leaveUsed = 0;

  get running(): RolloutRecord | undefined {
    return this.records.findLast(({ status }) => status === 'RUNNING');
  }

  copy(): Copy {
    return { route: this.route, record: this.running, block: this.block };
  }

  /** As a transaction would: by generation and kill epoch of the route, and revision of the record. */
  commit(seen: Copy, change: Change): boolean {
    const { generation, killEpoch } = this.route;
    if (
      change.route &&
      (seen.route.generation !== generation || seen.route.killEpoch !== killEpoch)
    ) {
      return false;
    }
    const isLifted = this.block?.since === change.despite?.since;
    if (change.unlessBlocked && this.block && !isLifted) return false;
    const { record } = change;
    const at = this.records.findIndex(({ id }) => id === record?.id);
    const held = this.records[at];
    if (record && held && held.rev !== seen.record?.rev) return false;
    for (const [n, to] of change.stages ?? []) {
      const from = this.stages.get(n);
      if (!from || !mayMove(from, to)) throw new Error(`${n} never moves from ${from} to ${to}`);
      this.stages.set(n, to);
    }
    if (change.route) this.route = change.route;
    if (record && held) this.records[at] = { ...record, rev: held.rev + 1 };
    else if (record) this.records.push(record);
    return true;
  }

  /** Takes a version out of traffic, as the rollback's one transaction does. */
  kill(n: number, seenGeneration: number, abort: boolean): boolean {
    const digest = digestNo(n);
    const until = abort ? this.now : this.now + COOL_DOWN_MS;
    const killed = kill(
      this.route,
      { digest, seenGeneration, quarantineUntil: until },
      moment(this.now),
    );
    if (!killed.ok) return false;
    const { running } = this;
    const ends = running?.digest === digest ? running : undefined;
    const wasStable = this.route.stable.digest === digest;
    const back = wasStable ? numberOf(killed.route.stable.version) : undefined;
    const ending = { status: abort ? 'ABORTED' : 'ROLLED_BACK', by: 'mia', reason: 'x' } as const;
    this.commit(this.copy(), {
      route: killed.route,
      ...(ends && { record: endedAs(ends, ending, moment(this.now).iso) }),
      ...(back && {
        stages: new Map<number, Stage>([
          [n, 'STAGING'],
          [back, 'PRODUCTION'],
        ]),
      }),
    });
    if (!abort) {
      this.approved.delete(n);
      this.quarantine.set(digest, until);
      this.rollbacks += 1;
      if (this.block) this.rollbacksWhileBlocked += 1;
    }
    return true;
  }

  /** What must be true however it came about. */
  problems(): string[] {
    const inProduction = VERSIONS.filter((n) => this.stages.get(n) === 'PRODUCTION');
    const { route, now } = this;
    const serving = [route.stable, route.candidate].flatMap((one) => one?.digest ?? []);
    return [
      ...(RouteDocument.safeParse(route).success ? [] : ['the route is none']),
      ...(inProduction.length === 1 ? [] : [`in production: ${inProduction}`]),
      ...(route.stable.version === `${inProduction[0]}.0.0` ? [] : ['stable is not in production']),
      ...(this.records.filter(({ status }) => status === 'RUNNING').length > 1 &&
      this.records.filter((record) => this.#holds(record)).length > 1
        ? ['two rollouts hold the route']
        : []),
      ...serving
        .filter((digest) => (this.quarantine.get(digest) ?? 0) > now)
        .map((digest) => `${digest} serves in quarantine`),
      ...[...this.quarantine]
        .filter(([digest, until]) => until > now && !isQuarantined(route, digest, now))
        .map(([digest]) => `the route forgot the quarantine of ${digest}`),
    ];
  }

  #holds({ status, digest, steps }: RolloutRecord): boolean {
    const { candidate } = this.route;
    return (
      status === 'RUNNING' &&
      candidate?.digest === digest &&
      candidate.since === steps[0]?.generation
    );
  }
}

export const numberOf = (version: string): number => Number(version.split('.')[0]);
