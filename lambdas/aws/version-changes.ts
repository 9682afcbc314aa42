import { type AuditEntry, aboutVersion } from '#domain/audit/entry.ts';
import type { EvidencePointer } from '#domain/registry/artifact.ts';
import type { Digest } from '#domain/registry/digest.ts';
import {
  claimKey,
  digestKey,
  historyKey,
  lineageKey,
  modelKey,
  type ObjectVersion,
  ordinalKey,
  stateIndexKey,
  versionKey,
} from '#domain/registry/keys.ts';
import { mayMove, type Stage } from '#domain/registry/stage.ts';
import type { Subject } from '#domain/registry/subject.ts';
import type { Description, VersionRecord } from '#domain/registry/version-record.ts';
import { modelIndexKey } from './model-registry.ts';
import type { RegistryTable, Written } from './registry-table.ts';
import { type Item, put, update, type Write } from './writes.ts';

/** Who did what when: the part of an audit entry that is the same for every write of a handler. */
export interface Act {
  /** UUID v7. */
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Person id, or the name of the function that acted by itself. */
  readonly actor: string;
}

/** A node and an edge of the lineage graph that a version adds. */
export interface LineageEdge {
  readonly type: 'parent' | 'dataset' | 'training-job';
  readonly node: string;
}

export interface Registration {
  readonly record: VersionRecord;
  readonly lineage: readonly LineageEdge[];
  readonly claim: ObjectVersion;
}

export interface Transition {
  readonly subject: Subject;
  readonly digest: Digest;
  readonly from: Stage;
  readonly to: Stage;
  /** Of the item that was read to decide the move, where one was. */
  readonly rev?: number;
  readonly reason?: string;
  /** Other fields of the version item that change with its stage; undefined removes one. */
  readonly fields?: Item;
}

/** Changes versions: each method is one transaction, and its conditions decide. */
export class VersionChanges {
  readonly #table: RegistryTable;

  constructor(table: RegistryTable) {
    this.#table = table;
  }

  /** Creates a version, its digest, ordinal, history and lineage, and settles its claim. */
  register({ record, lineage, claim }: Registration, act: Act): Promise<Written> {
    const { tenant, model, version, digest, ordinal } = record;
    const node = `${model}@${version}`;
    return this.#table.transact(
      entry('version.registered', record, act, { digest, ordinal, release: record.release }),
      [
        put('version', versionKey(record), { ...record, ...stateIndex(record, record.state, act) }),
        put('digest', digestKey(tenant, digest), { tenant, model, version }),
        put('ordinal', ordinalKey(record, ordinal), { tenant, model, version, digest }),
        update(
          'model',
          modelKey(record),
          {
            tenant,
            model,
            lastOrdinal: ordinal,
            latest: version,
            ...(ordinal === 1 && {
              createdAt: act.at,
              G2PK: modelIndexKey(tenant),
              G2SK: `${act.at}#${model}`,
            }),
          },
          ordinal === 1
            ? { condition: 'attribute_not_exists(PK)', names: {}, values: {} }
            : {
                condition: 'lastOrdinal = :previous',
                names: {},
                values: { ':previous': ordinal - 1 },
              },
        ),
        history(record, act, { to: record.state }),
        ...lineage.flatMap(({ type, node: other }) => [
          put(`lineage to ${other}`, lineageKey(tenant, node, 'IN', type, other), { tenant, type }),
          put(`lineage from ${other}`, lineageKey(tenant, other, 'OUT', type, node), {
            tenant,
            type,
          }),
        ]),
        update(
          'claim',
          claimKey(tenant, claim),
          { outcome: 'REGISTERED', version, digest },
          {
            condition: 'outcome = :claimed AND execution = :me',
            names: {},
            values: { ':claimed': 'CLAIMED', ':me': record.release },
          },
        ),
      ],
    );
  }

  /** Notes where the version's signature lies; a second time it must be the same one. */
  sign(subject: Subject, digest: Digest, signature: EvidencePointer, act: Act): Promise<Written> {
    return this.#table.transact(
      entry('version.signed', subject, act, { digest, signature: signature.sha256 }),
      [
        update(
          'version',
          versionKey(subject),
          { signature, updatedAt: act.at },
          {
            condition: 'digest = :d AND attribute_not_exists(signature)',
            names: {},
            values: { ':d': digest },
          },
        ),
      ],
    );
  }

  /** Notes where leave for the staging function lies, while the gates still judge. */
  admitStaging(
    subject: Subject,
    digest: Digest,
    admission: EvidencePointer,
    act: Act,
  ): Promise<Written> {
    return this.#table.transact(
      entry('version.staging.admitted', subject, act, { digest, admission: admission.sha256 }),
      [
        update(
          'version',
          versionKey(subject),
          { stagingAdmission: admission, updatedAt: act.at },
          {
            condition: 'digest = :d AND #state = :validation',
            names: { '#state': 'state' },
            values: { ':d': digest, ':validation': 'VALIDATION' },
          },
        ),
      ],
    );
  }

  /** Notes where the version's card and bill of materials lie; the first ones stand. */
  describe(subject: Subject, digest: Digest, description: Description, act: Act): Promise<Written> {
    const { card, bom } = description;
    return this.#table.transact(
      entry('version.described', subject, act, { digest, card: card.sha256, bom: bom.sha256 }),
      [
        update(
          'version',
          versionKey(subject),
          { description, updatedAt: act.at },
          {
            condition: 'digest = :d AND #state = :staging',
            names: { '#state': 'state' },
            values: { ':d': digest, ':staging': 'STAGING' },
          },
        ),
      ],
    );
  }

  /** Notes where the version's admission lies, before it may have traffic. */
  admit(subject: Subject, digest: Digest, admission: EvidencePointer, act: Act): Promise<Written> {
    return this.#table.transact(
      entry('version.state.changed', subject, act, { digest, admission: admission.sha256 }),
      [
        update(
          'version',
          versionKey(subject),
          { admission, updatedAt: act.at },
          {
            condition: 'digest = :d AND #state = :staging',
            names: { '#state': 'state' },
            values: { ':d': digest, ':staging': 'STAGING' },
          },
        ),
      ],
    );
  }

  /** Moves a version to another stage. @throws RangeError for a move that is never legal. */
  transition(move: Transition, act: Act): Promise<Written> {
    return this.#table.transact(
      entry('version.state.changed', move.subject, act, {
        digest: move.digest,
        from: move.from,
        to: move.to,
        reason: move.reason,
      }),
      transitionWrites(move, act),
    );
  }
}

/** The writes of one stage change, for transactions that change more than that. */
export function transitionWrites(move: Transition, act: Act): Write[] {
  const { subject, digest, from, to, rev, reason, fields = {} } = move;
  const names = Object.keys(fields);
  const others = Object.entries(fields).filter(([, value]) => value !== undefined);
  const gone = names.filter((field) => fields[field] === undefined).map((field) => `#f_${field}`);
  const remove = gone.length > 0 ? ` REMOVE ${gone.join(', ')}` : '';
  if (!mayMove(from, to)) throw new RangeError(`a version never moves from ${from} to ${to}`);
  return [
    {
      name: 'version',
      action: (table) => ({
        Update: {
          TableName: table,
          Key: { ...versionKey(subject) },
          UpdateExpression: `SET ${[
            '#state = :to, updatedAt = :at, G1PK = :g1, G1SK = :at',
            ...others.map(([field]) => `#f_${field} = :f_${field}`),
          ].join(', ')}${remove} ADD rev :one`,
          ConditionExpression: `#state = :from AND digest = :digest${rev === undefined ? '' : ' AND rev = :rev'}`,
          ExpressionAttributeNames: {
            '#state': 'state',
            ...Object.fromEntries(names.map((field) => [`#f_${field}`, field])),
          },
          ExpressionAttributeValues: {
            ':from': from,
            ':to': to,
            ':digest': digest,
            ':at': act.at,
            ':g1': stateIndexKey(subject.tenant, to),
            ':one': 1,
            ...(rev !== undefined && { ':rev': rev }),
            ...Object.fromEntries(others.map(([field, value]) => [`:f_${field}`, value])),
          },
        },
      }),
    },
    history(subject, act, { from, to, reason }),
  ];
}

const history = (subject: Subject, act: Act, change: Item): Write =>
  put(`history of ${subject.version}`, historyKey(subject, act.id), {
    ...change,
    at: act.at,
    actor: act.actor,
  });

const stateIndex = ({ tenant }: Subject, state: Stage, act: Act): Item => ({
  G1PK: stateIndexKey(tenant, state),
  G1SK: act.at,
});

const entry = (
  type: AuditEntry['type'],
  subject: Subject,
  act: Act,
  data: AuditEntry['data'],
): AuditEntry => ({ ...act, type, ...aboutVersion(subject), data });
