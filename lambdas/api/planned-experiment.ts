import type { Approvals } from '#aws/approvals.ts';
import type { ModelRegistry } from '#aws/model-registry.ts';
import type { Policies } from '#aws/policies.ts';
import type { Routes } from '#aws/routes.ts';
import type { Act } from '#aws/version-changes.ts';
import { routed } from '#domain/experiments/allocate.ts';
import { type Draft, planOf } from '#domain/experiments/draft-plan.ts';
import { PLANNED } from '#domain/experiments/experiment.ts';
import { judgePlan } from '#domain/experiments/judge-plan.ts';
import { unmeasured } from '#domain/experiments/measured.ts';
import type { ExperimentPlan } from '#domain/experiments/plan.ts';
import type { ExperimentRecord } from '#domain/experiments/record.ts';
import { DEFAULT_POLICY, type Policy, resolvePolicy } from '#domain/gates/policy.ts';
import { hashOf } from '#domain/registry/canonical.ts';
import type { Problem } from '#domain/registry/problem.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import { normaliseVersion } from '#domain/registry/versions.ts';
import type { RouteDocument, Target } from '#domain/serving/routing/route-document.ts';
import { startExperiment } from '#domain/serving/routing/trial.ts';
import { leaseSeconds } from '../experiments/lease.ts';
import { eligible } from '../experiments/treatments.ts';
import type { namedModel } from './named-model.ts';
import { notFound, Refused } from './problem.ts';

export interface PlanPorts {
  readonly registry: Pick<ModelRegistry, 'model' | 'version'>;
  readonly approvals: Pick<Approvals, 'get'>;
  readonly policies: Pick<Policies, 'layersOf'>;
  readonly routes: Pick<Routes, 'of'>;
}

type Model = ReturnType<typeof namedModel>;

/**
 * The record of an experiment that a person drafts, as strict as the policy asks.
 * @throws Refused for one that could not begin now, or never end with a winner.
 */
export async function plannedFrom(
  ports: PlanPorts,
  model: Model,
  draft: Draft,
  { at, actor }: Act,
): Promise<ExperimentRecord> {
  if (!(await ports.registry.model(model))) throw notFound('such model');
  const route = await ports.routes.of(model);
  if (!route) {
    throw new Refused(
      409,
      `no version of ${model.model} serves that others could be compared with`,
    );
  }
  const versions = await Promise.all(
    draft.treatments.map((text) => treatmentOf(ports, model, text)),
  );
  const layers = await ports.policies.layersOf(model);
  const policy = resolvePolicy(DEFAULT_POLICY, layers.tenant, layers.model);
  const { version, digest, backend } = route.stable;
  const control = { version, digest, ...(backend && { backend }) };
  const context = {
    ...model,
    id: `x-${Date.parse(at).toString(36)}`,
    control,
    targets: versions.map(targetOf),
    policy: policy.experiments,
  };
  const plan = judged(planOf(draft, context), policy, versions);
  refuseWhereBusy(plan, policy, route, at);
  return {
    id: plan.id,
    ...model,
    plan,
    policyHash: hashOf(policy),
    policy: policy.experiments,
    rollout: policy.rollout,
    creator: actor,
    state: PLANNED,
    looks: 0,
    rev: 1,
    createdAt: at,
    updatedAt: at,
  };
}

async function treatmentOf(ports: PlanPorts, model: Model, text: string): Promise<VersionRecord> {
  const named = normaliseVersion(text);
  if (!named.ok) throw new Refused(400, 'a treatment is no version', { problems: [named.problem] });
  const { version, barred } = await eligible(ports, { ...model, version: named.version });
  if (!version) throw notFound(`such version: ${model.model}@${named.version}`);
  if (barred !== undefined) throw new Refused(409, barred);
  return version;
}

const targetOf = ({ version, digest, backend }: VersionRecord): Target => ({
  version,
  digest,
  ...(backend && { backend }),
});

function judged(plan: unknown, policy: Policy, versions: readonly VersionRecord[]): ExperimentPlan {
  const result = judgePlan(plan, policy.experiments);
  const problems = result.ok
    ? [...unmeasured(result.plan), ...unpromotable(result.plan, versions)]
    : result.problems;
  if (result.ok && problems.length === 0) return result.plan;
  throw new Refused(422, 'no experiment may be like that', { problems });
}

/** A rollout takes versions in STAGING alone: others come back by a rollback or not at all. */
function* unpromotable(
  { autoPromote }: ExperimentPlan,
  versions: readonly VersionRecord[],
): Iterable<Problem> {
  const stuck = versions.find(({ state }) => state !== 'STAGING');
  if (!autoPromote || !stuck) return;
  yield {
    field: 'autoPromote',
    got: `true with ${stuck.version} in ${stuck.state}`,
    expected: 'treatments in STAGING alone',
    remedy: 'leave it to a person what comes of the winner',
  };
}

/** The machine asks again when it begins; by then its answer reaches nobody who waits. */
function refuseWhereBusy(
  plan: ExperimentPlan,
  policy: Policy,
  route: RouteDocument,
  iso: string,
): void {
  const begun = startExperiment(
    route,
    {
      seen: route,
      experiment: routed(plan),
      attributes: plan.attributes,
      leaseSeconds: leaseSeconds(policy.experiments),
    },
    { ms: Date.parse(iso), iso },
  );
  if (!begun.ok) throw new Refused(409, begun.refusal.message);
}
