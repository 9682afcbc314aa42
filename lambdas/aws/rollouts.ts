import { type AuditEntry, aboutVersion } from '#domain/audit/entry.ts';
import { outboxKey, rolloutKey, versionKey } from '#domain/registry/keys.ts';
import type { Subject } from '#domain/registry/subject.ts';
import { takesAll } from '#domain/rollout/next-move.ts';
import {
  continuedBy,
  type Ending,
  endedAs,
  stepOf,
  withLeave,
  withPause,
} from '#domain/rollout/progress.ts';
import type { PromotionBlock, RolloutRecord, RolloutStatus } from '#domain/rollout/record.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';
import type { Seen } from '#domain/serving/routing/transition.ts';
import { approvalCheck, quarantineCheck } from './activation.ts';
import { everyModelOf, type PolicyLayers, policyCheck } from './policies.ts';
import { blockCheck } from './promotion-blocks.ts';
import type { RegistryTable, Written } from './registry-table.ts';
import { routeWrite } from './routes.ts';
import type { Act } from './version-changes.ts';
import { check, put, type Write } from './writes.ts';

type Model = Pick<Subject, 'tenant' | 'model'>;

/** A rollout that begins, and the route by which its version is on trial. */
export interface Beginning {
  readonly record: RolloutRecord;
  readonly route: RouteDocument;
  /** The route that this one was made from. */
  readonly seen: Seen;
  /** What makes up the policy that people approved the version under. */
  readonly layers: PolicyLayers;
}

/** A change of the route that goes with a step, and the block that a person let it begin despite. */
export type Routed = Pick<Beginning, 'route' | 'seen'> & { readonly despite?: PromotionBlock };

/**
 * Rollouts: each change is one transaction, which holds only for the revision of the record that
 * was read to decide it. `rollout` and `route` name the conditions.
 */
export class Rollouts {
  readonly #table: RegistryTable;

  constructor(table: RegistryTable) {
    this.#table = table;
  }

  get(model: Model, id: string): Promise<RolloutRecord | undefined> {
    return this.#table.get(rolloutKey(model, id));
  }

  /** Every rollout of a model, oldest first. */
  list(model: Model): Promise<RolloutRecord[]> {
    return this.#table.list(rolloutKey(model, '').PK, 'ROLLOUT#');
  }

  /** The one that has not ended; where several have not been told so yet, the last. */
  async running(model: Model): Promise<RolloutRecord | undefined> {
    return (await this.list(model)).findLast(({ status }) => status === 'RUNNING');
  }

  /** Puts a version on trial, where everything that people agreed to still stands. */
  begin({ record, route, seen, layers }: Beginning, act: Act): Promise<Written> {
    const { digest, approval, policyHash, baseline } = record;
    return this.#table.transact(
      entry('rollout.begun', record, act, { approval, policyHash, baseline, ...placeOf(route) }),
      [
        rolloutWrite(record, undefined),
        routeWrite(route, seen),
        check('version', versionKey(record), {
          condition:
            '#state = :staging AND digest = :digest AND approval = :approval AND attribute_exists(admission)',
          names: { '#state': 'state' },
          values: { ':staging': 'STAGING', ':digest': digest, ':approval': approval },
        }),
        approvalCheck(record, record),
        quarantineCheck(record, act),
        policyCheck(everyModelOf(record), layers.tenant.revision),
        policyCheck(record, layers.model.revision),
        ...(route.candidate?.share === 1 ? [blockCheck(record, route.stable.digest)] : []),
      ],
    );
  }

  /** Notes a look; `next` is the record with it, and without a question that is none any more. */
  look(record: RolloutRecord, next: RolloutRecord, act: Act): Promise<Written> {
    const askedNoMore = next.asked ? undefined : record.asked?.block;
    const data = { ...lookOf(next), ...(askedNoMore && { askedNoMore }) };
    return this.#write('rollout.looked', record, next, act, data);
  }

  /** Notes a look after which a person has to decide. */
  ask(record: RolloutRecord, next: RolloutRecord, act: Act): Promise<Written> {
    const { reason, block } = next.asked ?? {};
    const data = { ...lookOf(next), reason, ...(block && { block }) };
    return this.#write('rollout.asked', record, next, act, data);
  }

  /** Notes a look, and gives the candidate the share of the step that it leads to. */
  step(
    record: RolloutRecord,
    next: RolloutRecord,
    { route, seen, despite }: Routed,
    act: Act,
  ): Promise<Written> {
    const data = {
      ...lookOf(next),
      from: stepOf(record),
      to: stepOf(next),
      byLeave: next.last?.outcome !== 'PASS' || despite !== undefined,
      ...(despite && { despite }),
      ...placeOf(route),
    };
    const free = takesAll(record) ? [blockCheck(record, route.stable.digest, record.despite)] : [];
    return this.#write('rollout.step', record, next, act, data, [routeWrite(route, seen), ...free]);
  }

  /** From now on no step begins; looks go on, and harm still rolls back. */
  pause(record: RolloutRecord, act: Act, reason: string): Promise<Written> {
    return this.#write('rollout.paused', record, withPause(record, true, act.at), act, { reason });
  }

  resume(record: RolloutRecord, act: Act, reason: string): Promise<Written> {
    const next = withPause(record, false, act.at);
    return this.#write('rollout.resumed', record, next, act, { reason });
  }

  /**
   * A person lets `step` begin without the evidence for it, and despite the block that the question
   * in `record` names; the one after the last is the promotion.
   */
  allow(record: RolloutRecord, step: number, act: Act, reason?: string): Promise<Written> {
    const next = withLeave(record, step, act.at);
    const despite = record.asked?.block;
    const data = { step, reason, ...(despite && { despite }) };
    return this.#write('rollout.allowed', record, next, act, data);
  }

  /** Hands a rollout to another execution. */
  continue(record: RolloutRecord, execution: string, act: Act): Promise<Written> {
    const next = continuedBy(record, execution, act.at);
    return this.#write('rollout.continued', record, next, act, { execution });
  }

  /** Ends a rollout that the route knows no more of, or that broke off. */
  end(record: RolloutRecord, ending: Ending, act: Act): Promise<Written> {
    const next = endedAs(record, ending, act.at);
    return this.#write(ENDINGS[ending.status], record, next, act, { reason: ending.reason });
  }

  #write(
    type: AuditEntry['type'],
    record: RolloutRecord,
    next: RolloutRecord,
    act: Act,
    data: AuditEntry['data'],
    also: readonly Write[] = [],
  ): Promise<Written> {
    return this.#table.transact(entry(type, record, act, data), [
      rolloutWrite(next, record.rev),
      ...also,
    ]);
  }
}

const ENDINGS: Readonly<Record<Exclude<RolloutStatus, 'RUNNING'>, AuditEntry['type']>> = {
  PROMOTED: 'rollout.completed',
  ROLLED_BACK: 'rollout.rolledback',
  ABORTED: 'rollout.aborted',
  FAULTED: 'rollout.faulted',
};

/**
 * Writes a rollout's next revision where the one that it was made from still stands; `rollout`
 * names the condition.
 * @param seenRev undefined for a rollout that begins.
 */
export const rolloutWrite = (next: RolloutRecord, seenRev: number | undefined): Write =>
  put(
    'rollout',
    rolloutKey(next, next.id),
    { ...next, rev: (seenRev ?? 0) + 1 },
    seenRev === undefined ? {} : { condition: 'rev = :rev', values: { ':rev': seenRev } },
  );

/** The audit entry of a rollout's end, for transactions whose own entry is about something else. */
export function endingWrite(
  record: RolloutRecord,
  { status, reason }: Ending,
  act: Act,
  data: AuditEntry['data'] = {},
): Write {
  const ended = entry(ENDINGS[status], record, act, { reason, ...data });
  return put('rollout entry', outboxKey(ended.id), { ...ended });
}

/** An item as it was read carries its keys; the record has none. */
const entry = (
  type: AuditEntry['type'],
  record: RolloutRecord,
  act: Act,
  data: AuditEntry['data'],
): AuditEntry => ({
  ...act,
  type,
  ...aboutVersion(record),
  data: { rollout: record.id, digest: record.digest, ...data },
});

const placeOf = ({ generation, candidate }: RouteDocument) => ({
  generation,
  mode: candidate?.mode,
  share: candidate?.share,
});

/** What a look was decided upon: the checks hold what was seen beside what was asked for. */
const lookOf = ({ last, paused }: RolloutRecord): AuditEntry['data'] => ({
  look: last?.number,
  step: last?.step,
  outcome: last?.outcome,
  checks: last?.checks,
  paused,
});
