import type { Policies } from '#aws/policies.ts';
import type { Written } from '#aws/registry-table.ts';
import type { ModelPolicy, PolicyProposal } from '#domain/gates/policy.ts';

type Model = Parameters<Policies['of']>[0];

const keyOf = ({ tenant, model }: Model): string => `${tenant}/${model}`;

/** Policies in memory: a change counts only against the revision that is in force. */
export class MemoryPolicies implements Pick<Policies, 'of' | 'set' | 'propose'> {
  /** By `tenant/model`. */
  readonly held = new Map<string, ModelPolicy>();
  /** Who loosened what another had proposed. */
  readonly proposers: (string | undefined)[] = [];

  async of(model: Model): Promise<ModelPolicy> {
    return this.held.get(keyOf(model)) ?? { revision: 0 };
  }

  async set(model: Model, policy: ModelPolicy, _act: unknown, proposer?: string): Promise<Written> {
    if ((await this.of(model)).revision !== policy.revision - 1) return REFUSED;
    this.held.set(keyOf(model), policy);
    this.proposers.push(proposer);
    return { ok: true };
  }

  async propose(model: Model, current: ModelPolicy, proposal: PolicyProposal): Promise<Written> {
    if ((await this.of(model)).revision !== current.revision) return REFUSED;
    this.held.set(keyOf(model), { ...current, proposal });
    return { ok: true };
  }
}

const REFUSED: Written = { ok: false, failed: ['policy'] };
