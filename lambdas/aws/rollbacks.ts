import { type AuditEntry, aboutVersion } from '#domain/audit/entry.ts';
import type { Digest } from '#domain/registry/digest.ts';
import { digestKey, rollbackKey } from '#domain/registry/keys.ts';
import type { Subject } from '#domain/registry/subject.ts';
import type { RollbackRecord, RollbackRef } from '#domain/rollout/rollback-record.ts';
import type { RegistryTable, Written } from './registry-table.ts';
import type { Act } from './version-changes.ts';
import { type Item, put, type Write } from './writes.ts';

/** How often a digest was quarantined, and until when, in milliseconds since the epoch. */
export interface Quarantine {
  readonly quarantines?: number;
  readonly quarantinedUntil?: number;
}

/** Rollbacks: each change is one transaction, with whatever else becomes true by it. */
export class Rollbacks {
  readonly #table: RegistryTable;

  constructor(table: RegistryTable) {
    this.#table = table;
  }

  async get(ref: RollbackRef): Promise<RollbackRecord | undefined> {
    const item = await this.#table.get<RollbackRecord & Item>(rollbackKey(ref, ref.id));
    return item && recordOf(item);
  }

  /** Every rollback of a model, oldest first. */
  async list(model: Pick<Subject, 'tenant' | 'model'>): Promise<RollbackRecord[]> {
    const items = await this.#table.list<RollbackRecord & Item>(
      rollbackKey(model, '').PK,
      'ROLLBACK#',
    );
    return items.map(recordOf);
  }

  async quarantineOf(tenant: string, digest: Digest): Promise<Quarantine> {
    return (await this.#table.get<Quarantine>(digestKey(tenant, digest))) ?? {};
  }

  /** Notes a request and what it comes to; `rollback` names the condition that it is new. */
  begin(record: RollbackRecord, also: readonly Write[], act: Act): Promise<Written> {
    const { request, status, mode } = record;
    const { severity, trigger, generation, abort } = request;
    return this.#write('rollback.requested', record, undefined, act, also, {
      ...{ severity, trigger, abort, generation, mode, status },
      reason: request.reason,
      ...(record.reason !== undefined && { outcome: record.reason }),
    });
  }

  /** Notes that the version has a smaller share. */
  step(record: RollbackRecord, step: RouteStep, also: readonly Write[], act: Act) {
    return this.#write('rollback.step', record, record.rev, act, also, { ...step });
  }

  /** Notes that the version is out of traffic, with the evidence that it was asked for by. */
  kill(record: RollbackRecord, also: readonly Write[], act: Act): Promise<Written> {
    const { request, killed, mode } = record;
    const { severity, trigger, reason, evidence, abort } = request;
    const type = abort ? 'rollout.aborted' : 'rollout.rolledback';
    return this.#write(type, record, record.rev, act, also, {
      ...{ severity, trigger, reason, evidence, mode },
      ...{ rollout: record.rollout, to: killed?.to, generation: killed?.generation },
      seenGeneration: request.generation,
    });
  }

  /** Notes that nothing is left to do, or nothing can be done. */
  settle(record: RollbackRecord, act: Act): Promise<Written> {
    const { status, reason } = record;
    const type = status === 'HELD' ? 'rollback.held' : 'rollback.settled';
    return this.#write(type, record, record.rev, act, [], { status, reason });
  }

  /** Notes from what counts on the effect is watched. */
  watch(record: RollbackRecord, act: Act): Promise<Written> {
    return this.#write('rollback.watched', record, record.rev, act, [], { ...record.watch });
  }

  validate(record: RollbackRecord, act: Act): Promise<Written> {
    const { status, checks } = record;
    return this.#write('rollback.validated', record, record.rev, act, [], { status, checks });
  }

  fail(record: RollbackRecord, act: Act): Promise<Written> {
    const { reason, killed } = record;
    const generation = killed?.generation;
    return this.#write('rollback.faulted', record, record.rev, act, [], { reason, generation });
  }

  #write(
    type: AuditEntry['type'],
    record: RollbackRecord,
    seenRev: number | undefined,
    act: Act,
    also: readonly Write[],
    data: AuditEntry['data'],
  ): Promise<Written> {
    const { id, tenant, model, version, digest } = record;
    return this.#table.transact(
      {
        ...act,
        type,
        ...(version === undefined
          ? { tenant, subject: `${tenant}/${model}` }
          : aboutVersion({ tenant, model, version })),
        data: { rollback: id, digest, ...data },
      },
      [
        put(
          'rollback',
          rollbackKey(record, id),
          { ...record, rev: (seenRev ?? 0) + 1, updatedAt: act.at },
          seenRev === undefined ? {} : { condition: 'rev = :rev', values: { ':rev': seenRev } },
        ),
        ...also,
      ],
    );
  }
}

/** The route that a step led to. */
export interface RouteStep {
  readonly generation: number;
  readonly share: number;
}

/** The record alone: it is handed on, and written again. */
const recordOf = ({ PK: _, SK: __, ...record }: RollbackRecord & Item): RollbackRecord => record;
