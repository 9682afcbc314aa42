import { everyModelOf, type Policies, type PolicyLayers } from '#aws/policies.ts';
import type { Written } from '#aws/registry-table.ts';
import type { PolicyLayer, PolicyProposal } from '#domain/gates/policy.ts';

type Model = Parameters<Policies['of']>[0];

const keyOf = ({ tenant, model }: Model): string => `${tenant}/${model}`;

/** Policies in memory: a change counts only against the revision that is in force. */
export class MemoryPolicies implements Pick<Policies, 'of' | 'layersOf' | 'set' | 'propose'> {
  /** By `tenant/model`. */
  readonly held = new Map<string, PolicyLayer>();
  /** Who loosened what another had proposed. */
  readonly proposers: (string | undefined)[] = [];

  async of(model: Model): Promise<PolicyLayer> {
    return this.held.get(keyOf(model)) ?? { revision: 0 };
  }

  async layersOf(model: Model): Promise<PolicyLayers> {
    return { tenant: await this.of(everyModelOf(model)), model: await this.of(model) };
  }

  async set(model: Model, policy: PolicyLayer, _act: unknown, proposer?: string): Promise<Written> {
    if ((await this.of(model)).revision !== policy.revision - 1) return REFUSED;
    this.held.set(keyOf(model), policy);
    this.proposers.push(proposer);
    return { ok: true };
  }

  async propose(model: Model, current: PolicyLayer, proposal: PolicyProposal): Promise<Written> {
    if ((await this.of(model)).revision !== current.revision) return REFUSED;
    this.held.set(keyOf(model), { ...current, proposal });
    return { ok: true };
  }
}

const REFUSED: Written = { ok: false, failed: ['policy'] };
