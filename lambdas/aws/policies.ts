import type { AuditEntry } from '#domain/audit/entry.ts';
import type { PolicyLayer, PolicyProposal } from '#domain/gates/policy.ts';
import { EVERY_MODEL, policyKey, policyRevisionKey } from '#domain/registry/keys.ts';
import type { Subject } from '#domain/registry/subject.ts';
import type { RegistryTable, Written } from './registry-table.ts';
import type { Act } from './version-changes.ts';
import { check, put, type Write } from './writes.ts';

type Model = Pick<Subject, 'tenant' | 'model'>;

/** A tenant's settings and one of its models' own, which stand over them. */
export interface PolicyLayers {
  readonly tenant: PolicyLayer;
  readonly model: PolicyLayer;
}

/** The policies of tenants and models: each change is a new revision, and every one is kept. */
export class Policies {
  readonly #table: RegistryTable;

  constructor(table: RegistryTable) {
    this.#table = table;
  }

  /** Revision 0, which adds nothing, for a tenant (`EVERY_MODEL`) or model without its own. */
  async of(model: Model): Promise<PolicyLayer> {
    return (await this.#table.get<PolicyLayer>(policyKey(model))) ?? { revision: 0 };
  }

  async layersOf(model: Model): Promise<PolicyLayers> {
    const [tenant, own] = await Promise.all([this.of(everyModelOf(model)), this.of(model)]);
    return { tenant, model: own };
  }

  /** Sets a policy where the one before is still in force; a loosening names who proposed it. */
  set(model: Model, policy: PolicyLayer, act: Act, proposer?: string): Promise<Written> {
    const { revision, overlay } = policy;
    return this.#table.transact(
      entry('policy.changed', model, act, { revision, overlay, proposer }),
      policyWrites(model, policy, act),
    );
  }

  /** Notes a looser overlay for another admin to confirm; what is in force stays as it is. */
  propose(
    model: Model,
    current: PolicyLayer,
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
export const policyWrites = (model: Model, policy: PolicyLayer, act: Act): Write[] => [
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

export const everyModelOf = ({ tenant }: Pick<Model, 'tenant'>): Model => ({
  tenant,
  model: EVERY_MODEL,
});

/** A model that never had a policy of its own has no item, or one with a proposal alone. */
const inForce = (revision: number) => ({
  condition:
    revision === 0 ? 'attribute_not_exists(PK) OR revision = :revision' : 'revision = :revision',
  values: { ':revision': revision },
});
