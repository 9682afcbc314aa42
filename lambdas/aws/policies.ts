import type { AuditEntry } from '#domain/audit/entry.ts';
import type { ModelPolicy, PolicyProposal } from '#domain/gates/policy.ts';
import { policyKey, policyRevisionKey } from '#domain/registry/keys.ts';
import type { Subject } from '#domain/registry/subject.ts';
import { check, put, type RegistryTable, type Write, type Written } from './registry-table.ts';
import type { Act } from './version-changes.ts';

type Model = Pick<Subject, 'tenant' | 'model'>;

/** The policies of models: each change is a new revision, and every revision is kept. */
export class Policies {
  readonly #table: RegistryTable;

  constructor(table: RegistryTable) {
    this.#table = table;
  }

  /** Revision 0, which is the default policy, for a model that has none of its own. */
  async of(model: Model): Promise<ModelPolicy> {
    return (await this.#table.get<ModelPolicy>(policyKey(model))) ?? { revision: 0 };
  }

  /** Sets a policy where the one before is still in force; a loosening names who proposed it. */
  set(model: Model, policy: ModelPolicy, act: Act, proposer?: string): Promise<Written> {
    const { revision, overlay } = policy;
    return this.#table.transact(
      entry('policy.changed', model, act, { revision, overlay, proposer }),
      policyWrites(model, policy, act),
    );
  }

  /** Notes a looser overlay for another admin to confirm; what is in force stays as it is. */
  propose(
    model: Model,
    current: ModelPolicy,
    proposal: PolicyProposal,
    act: Act,
  ): Promise<Written> {
    const { revision } = current;
    return this.#table.transact(entry('policy.proposed', model, act, { revision, ...proposal }), [
      put('policy', policyKey(model), { ...current, proposal }, inForce(revision)),
    ]);
  }
}

const entry = (
  type: AuditEntry['type'],
  { tenant, model }: Model,
  act: Act,
  data: AuditEntry['data'],
): AuditEntry => ({ ...act, type, tenant, subject: `${tenant}/${model}`, data });

/** The writes of one change of policy, for transactions that change more than that. */
export const policyWrites = (model: Model, policy: ModelPolicy, act: Act): Write[] => [
  put('policy', policyKey(model), { ...policy }, inForce(policy.revision - 1)),
  put('policy revision', policyRevisionKey(model, policy.revision), {
    ...policy,
    at: act.at,
    actor: act.actor,
  }),
];

/** Requires a revision to be in force still. */
export const policyCheck = (model: Model, revision: number): Write =>
  check('policy', policyKey(model), inForce(revision));

/** A model that never had a policy of its own has no item, or one with a proposal alone. */
const inForce = (revision: number) => ({
  condition:
    revision === 0 ? 'attribute_not_exists(PK) OR revision = :revision' : 'revision = :revision',
  values: { ':revision': revision },
});
