import type { AuditEntry } from '#domain/audit/entry.ts';
import type { Evidence } from '#domain/experiments/judge-look.ts';
import type { ExperimentRecord } from '#domain/experiments/record.ts';
import { hashOf } from '#domain/registry/canonical.ts';
import { experimentKey, versionKey } from '#domain/registry/keys.ts';
import type { Subject } from '#domain/registry/subject.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';
import type { Seen } from '#domain/serving/routing/transition.ts';
import { approvalCheck, quarantineCheck } from './activation.ts';
import type { RegistryTable, Written } from './registry-table.ts';
import { routeWrite } from './routes.ts';
import type { Act } from './version-changes.ts';
import { check, type Item, put, type Write } from './writes.ts';

type Model = Pick<Subject, 'tenant' | 'model'>;

/** A change of the route that goes with one of the experiment. */
export interface Routed {
  readonly route: RouteDocument;
  /** The route that this one was made from. */
  readonly seen: Seen;
}

/**
 * Experiments: each change is one transaction, which holds only for the revision of the record that
 * was read to decide it. `experiment` and `route` name the conditions.
 */
export class Experiments {
  readonly #table: RegistryTable;

  constructor(table: RegistryTable) {
    this.#table = table;
  }

  async get(model: Model, id: string): Promise<ExperimentRecord | undefined> {
    const item = await this.#table.get<ExperimentRecord & Item>(experimentKey(model, id));
    return item && recordOf(item);
  }

  /** Every experiment of a model, oldest first. */
  async list(model: Model): Promise<ExperimentRecord[]> {
    const { PK } = experimentKey(model, '');
    const items = await this.#table.list<ExperimentRecord & Item>(PK, 'EXPERIMENT#');
    return items.map(recordOf).sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
  }

  /** Keeps a plan that was judged; ids are never given twice. */
  create(record: ExperimentRecord, act: Act): Promise<Written> {
    const { plan, policyHash } = record;
    return this.#table.transact(
      entry('experiment.created', record, act, { plan: hashOf(plan), policyHash }),
      [put('experiment', experimentKey(record, record.id), { ...record, rev: 1 })],
    );
  }

  /**
   * Gives the treatments their shares, where they still may have them; `treatment`, `approval` and
   * `quarantine` name what does not hold any more.
   */
  begin(
    record: ExperimentRecord,
    next: ExperimentRecord,
    { route, seen, treatments }: Routed & { readonly treatments: readonly VersionRecord[] },
    act: Act,
  ): Promise<Written> {
    const { generation } = route;
    const data = { generation, execution: next.execution, weights: next.weighing?.weights };
    return this.#write('experiment.begun', record, next, act, data, [
      routeWrite(route, seen),
      ...treatments.flatMap((version) => stillEligible(version, act)),
    ]);
  }

  /** Notes a look. */
  look(record: ExperimentRecord, next: ExperimentRecord, act: Act): Promise<Written> {
    return this.#write('experiment.looked', record, next, act, lookOf(next));
  }

  /** Notes a look, and gives the arms other weights by it. */
  weigh(
    record: ExperimentRecord,
    next: ExperimentRecord,
    { route, seen }: Routed,
    act: Act,
  ): Promise<Written> {
    const { batch, weights, seed, generation } = next.weighing ?? {};
    const data = { ...lookOf(next), batch, weights, seed, generation };
    return this.#write('experiment.weighed', record, next, act, data, [routeWrite(route, seen)]);
  }

  /** Hands an experiment to another execution. */
  continue(record: ExperimentRecord, next: ExperimentRecord, act: Act): Promise<Written> {
    const { execution } = next;
    return this.#write('experiment.continued', record, next, act, { execution });
  }

  /** Notes that a person wants it to end: the next look ends it. */
  stop(record: ExperimentRecord, next: ExperimentRecord, act: Act): Promise<Written> {
    const reason = next.stop?.reason;
    return this.#write('experiment.stopping', record, next, act, { reason });
  }

  /** Ends it, and answers whoever was in it by stable again where the route still carries it. */
  conclude(
    record: ExperimentRecord,
    next: ExperimentRecord,
    routed: Routed | undefined,
    act: Act,
  ): Promise<Written> {
    const { failure, promotion } = next;
    const data = { ...lookOf(next), state: next.state, failure, rollout: promotion?.id };
    const also = routed ? [routeWrite(routed.route, routed.seen)] : [];
    return this.#write('experiment.concluded', record, next, act, data, also);
  }

  #write(
    type: AuditEntry['type'],
    record: ExperimentRecord,
    next: ExperimentRecord,
    act: Act,
    data: AuditEntry['data'],
    also: readonly Write[] = [],
  ): Promise<Written> {
    const { rev } = record;
    return this.#table.transact(entry(type, record, act, data), [
      put(
        'experiment',
        experimentKey(next, next.id),
        { ...next, rev: rev + 1 },
        { condition: 'rev = :rev', values: { ':rev': rev } },
      ),
      ...also,
    ]);
  }
}

/** The record alone: it is handed on, and written again. */
const recordOf = ({ PK: _, SK: __, ...record }: ExperimentRecord & Item): ExperimentRecord =>
  record;

const entry = (
  type: AuditEntry['type'],
  { tenant, model, id }: ExperimentRecord,
  act: Act,
  data: AuditEntry['data'],
): AuditEntry => ({
  ...act,
  type,
  tenant,
  subject: `${tenant}/${model}`,
  data: { experiment: id, ...data },
});

/** A version that is what it was when the plan was judged, and in no quarantine. */
function stillEligible(version: VersionRecord, act: Act): Write[] {
  const { approval, state, digest } = version;
  return [
    check('treatment', versionKey(version), {
      condition: '#state = :state AND digest = :digest AND attribute_exists(admission)',
      names: { '#state': 'state' },
      values: { ':state': state, ':digest': digest },
    }),
    quarantineCheck(version, act),
    ...(state === 'STAGING' && approval
      ? [approvalCheck(version, { approval, policyHash: version.policyHash })]
      : []),
  ];
}

/** What a look was decided upon. */
const lookOf = ({ looks, last }: ExperimentRecord): AuditEntry['data'] => ({
  look: looks,
  ...(last && { evidence: last.evidence satisfies Evidence, missing: last.missing }),
});
