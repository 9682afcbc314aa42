import { Hono } from 'hono';
import * as z from 'zod/mini';
import type { ModelRegistry } from '#aws/model-registry.ts';
import type { Policies } from '#aws/policies.ts';
import { DEFAULT_POLICY, type ModelPolicy, resolvePolicy } from '#domain/gates/policy.ts';
import { PolicyOverlay } from '#domain/gates/policy-overlay.ts';
import { changePolicy } from '#domain/gates/tighten-policy.ts';
import { hashOf } from '#domain/registry/canonical.ts';
import { ModelName } from '#domain/registry/subject.ts';
import { act } from '../act.ts';
import { type Api, allow } from './caller.ts';
import { readBody } from './input.ts';
import { notFound, Refused } from './problem.ts';

const Body = z.strictObject({
  /** The revision that the overlay was written against. */
  revision: z.int(),
  overlay: PolicyOverlay,
});

export interface PolicyPorts {
  readonly registry: Pick<ModelRegistry, 'model' | 'versions'>;
  readonly policies: Pick<Policies, 'of' | 'set' | 'propose'>;
}

/** What a model is judged by; one admin may tighten it, and two may loosen it. */
export const policyRoutes = (ports: PolicyPorts) =>
  new Hono<Api>()
    .get('/models/:model/policy', allow('read'), async (c) => {
      const model = await known(ports, c.req.param('model'), c.var.caller.tenant);
      return c.json(viewOf(await ports.policies.of(model)));
    })
    .put('/models/:model/policy', allow('set-policy'), async (c) => {
      const { caller } = c.var;
      const model = await known(ports, c.req.param('model'), caller.tenant);
      const { revision, overlay } = await readBody(c.req, Body);
      const current = await ports.policies.of(model);
      if (current.revision !== revision) throw stale(model.model, revision);

      const change = changePolicy(DEFAULT_POLICY, resolvePolicy(DEFAULT_POLICY, current), overlay);
      if (change.outcome === 'invalid') {
        throw new Refused(422, 'no policy may be like that', { problems: change.problems });
      }
      const { proposal, ...inForce } = current;
      const next = { ...inForce, revision: revision + 1, overlay };
      if (change.outcome === 'tighter') {
        const written = await ports.policies.set(model, next, act(caller.id));
        if (!written.ok) throw stale(model.model, revision);
        return c.json(viewOf(next));
      }
      await refuseSubmitters(ports, model, caller.id);
      const agreed =
        proposal !== undefined &&
        proposal.proposer !== caller.id &&
        hashOf(proposal.overlay) === hashOf(overlay);
      const written = agreed
        ? await ports.policies.set(model, next, act(caller.id), proposal.proposer)
        : await ports.policies.propose(
            model,
            inForce,
            { overlay, proposer: caller.id },
            act(caller.id),
          );
      if (!written.ok) throw stale(model.model, revision);
      return agreed
        ? c.json(viewOf(next))
        : c.json({ ...viewOf(current), looser: change.problems, proposer: caller.id }, 202);
    });

type Model = Parameters<Policies['of']>[0];

async function known({ registry }: PolicyPorts, name: string, tenant: string): Promise<Model> {
  const model = { tenant, model: name };
  const exists = ModelName.safeParse(name).success && (await registry.model(model));
  if (!exists) throw notFound('such model');
  return model;
}

/** Who submits a model's versions does not loosen what judges them. */
async function refuseSubmitters(ports: PolicyPorts, model: Model, person: string): Promise<void> {
  const versions = await ports.registry.versions(model);
  if (!versions.some(({ submitter }) => submitter === person)) return;
  throw new Refused(
    403,
    `${person} submitted versions of ${model.model} and cannot loosen its policy; ask two other admins`,
  );
}

const stale = (model: string, revision: number): Refused =>
  new Refused(
    409,
    `the policy of ${model} is no longer at revision ${revision}; read it again, then set it`,
  );

const viewOf = (model: ModelPolicy) => {
  const policy = resolvePolicy(DEFAULT_POLICY, model);
  return {
    revision: model.revision,
    hash: hashOf(policy),
    policy,
    overlay: model.overlay ?? {},
    proposal: model.proposal,
  };
};
