import { Hono } from 'hono';
import * as z from 'zod/mini';
import type { ModelRegistry } from '#aws/model-registry.ts';
import { everyModelOf, type Policies } from '#aws/policies.ts';
import { may, type Person, rolesFor } from '#domain/access/person.ts';
import {
  DEFAULT_POLICY,
  type Policy,
  type PolicyLayer,
  resolvePolicy,
} from '#domain/gates/policy.ts';
import { PolicyOverlay } from '#domain/gates/policy-overlay.ts';
import { changePolicy } from '#domain/gates/tighten-policy.ts';
import { hashOf } from '#domain/registry/canonical.ts';
import { act } from '../act.ts';
import { type Api, allow } from './caller.ts';
import { readBody } from './input.ts';
import { namedModel } from './named-model.ts';
import { notFound, Refused } from './problem.ts';

const Body = z.strictObject({
  /** The revision that the overlay was written against. */
  revision: z.int(),
  overlay: PolicyOverlay,
});
type Body = z.infer<typeof Body>;

export interface PolicyPorts {
  readonly registry: Pick<ModelRegistry, 'model' | 'versions'>;
  readonly policies: Pick<Policies, 'of' | 'set' | 'propose'>;
}

/** What all models or one of them are judged by; one admin may tighten it, and two may loosen it. */
export const policyRoutes = (ports: PolicyPorts) =>
  new Hono<Api>()
    .get('/policy', allow('read'), async (c) => {
      const own = await ports.policies.of(everyModelOf(c.var.caller));
      return c.json(viewOf({ policy: DEFAULT_POLICY, overlay: {} }, own));
    })
    .put('/policy', allow('set-policy'), async (c) => {
      const { caller } = c.var;
      const level: Level = {
        key: everyModelOf(caller),
        name: `tenant ${caller.tenant}`,
        above: { policy: DEFAULT_POLICY, overlay: {} },
        refuseSubmitter: () => refuseWhoMaySubmit(caller),
      };
      const { status, body } = await change(ports, level, caller, await readBody(c.req, Body));
      return c.json(body, status);
    })
    .get('/models/:model/policy', allow('read'), async (c) => {
      const model = namedModel(c.req.param('model'), c.var.caller);
      const own = await ports.policies.of(model);
      if (own.revision === 0 && !own.proposal && !(await ports.registry.model(model))) {
        throw notFound('such model');
      }
      return c.json(viewOf(await aboveModel(ports, model), own));
    })
    .put('/models/:model/policy', allow('set-policy'), async (c) => {
      const { caller } = c.var;
      const key = namedModel(c.req.param('model'), caller);
      const level: Level = {
        key,
        name: key.model,
        above: await aboveModel(ports, key),
        refuseSubmitter: () => refuseSubmitterOf(ports, key, caller.id),
      };
      const { status, body } = await change(ports, level, caller, await readBody(c.req, Body));
      return c.json(body, status);
    });

type Model = Parameters<Policies['of']>[0];

/** What a policy is set for: all models of a tenant, or one, which need not have versions yet. */
interface Level {
  readonly key: Model;
  readonly name: string;
  /** What applies where this level says nothing. */
  readonly above: Above;
  /** @throws Refused for whoever would loosen what judges their own work. */
  readonly refuseSubmitter: () => Promise<void> | void;
}

interface Above {
  readonly policy: Policy;
  /** What of it the tenant set. */
  readonly overlay: PolicyOverlay;
}

async function change(
  { policies }: PolicyPorts,
  { key, name, above, refuseSubmitter }: Level,
  caller: Person,
  { revision, overlay }: Body,
): Promise<{ readonly status: 200 | 202; readonly body: object }> {
  const current = await policies.of(key);
  if (current.revision !== revision) throw stale(name, revision);

  const changed = changePolicy(above.policy, resolvePolicy(above.policy, current), overlay);
  if (changed.outcome === 'invalid') {
    throw new Refused(422, 'no policy may be like that', { problems: changed.problems });
  }
  const { proposal, ...inForce } = current;
  const next = { ...inForce, revision: revision + 1, overlay };
  if (changed.outcome === 'tighter') {
    const written = await policies.set(key, next, act(caller.id));
    if (!written.ok) throw stale(name, revision);
    return { status: 200, body: viewOf(above, next) };
  }
  await refuseSubmitter();
  const agreed =
    proposal !== undefined &&
    proposal.proposer !== caller.id &&
    hashOf(proposal.overlay) === hashOf(overlay);
  const written = agreed
    ? await policies.set(key, next, act(caller.id), proposal.proposer)
    : await policies.propose(key, inForce, { overlay, proposer: caller.id }, act(caller.id));
  if (!written.ok) throw stale(name, revision);
  return agreed
    ? { status: 200, body: viewOf(above, next) }
    : {
        status: 202,
        body: { ...viewOf(above, current), looser: changed.problems, proposer: caller.id },
      };
}

async function aboveModel({ policies }: PolicyPorts, model: Model): Promise<Above> {
  const { overlay = {} } = await policies.of(everyModelOf(model));
  return { policy: resolvePolicy(DEFAULT_POLICY, { overlay }), overlay };
}

/** Who submits a model's versions does not loosen what judges them. */
async function refuseSubmitterOf(ports: PolicyPorts, model: Model, person: string): Promise<void> {
  const versions = await ports.registry.versions(model);
  if (!versions.some(({ submitter }) => submitter === person)) return;
  throw new Refused(
    403,
    `${person} submitted versions of ${model.model} and cannot loosen its policy; ask two other admins`,
  );
}

/** Whoever may submit any model does not loosen what judges all of them. */
function refuseWhoMaySubmit({ id, roles }: Person): void {
  if (!may(roles, 'register')) return;
  throw new Refused(
    403,
    `${id} has one of the roles ${rolesFor('register').join(', ')}, which submit versions, and cannot loosen the policy of the tenant; ask two other admins`,
  );
}

const stale = (name: string, revision: number): Refused =>
  new Refused(
    409,
    `the policy of ${name} is no longer at revision ${revision}; read it again, then set it`,
  );

const viewOf = (above: Above, own: PolicyLayer) => {
  const policy = resolvePolicy(above.policy, own);
  return {
    revision: own.revision,
    hash: hashOf(policy),
    policy,
    overlay: own.overlay ?? {},
    inherited: above.overlay,
    proposal: own.proposal,
  };
};
