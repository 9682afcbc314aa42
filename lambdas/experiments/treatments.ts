import type { Approvals } from '#aws/approvals.ts';
import type { ModelRegistry } from '#aws/model-registry.ts';
import { barredBy } from '#domain/experiments/eligible.ts';
import type { ExperimentPlan } from '#domain/experiments/plan.ts';
import type { Subject } from '#domain/registry/subject.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';

interface Sources {
  readonly registry: Pick<ModelRegistry, 'version'>;
  readonly approvals: Pick<Approvals, 'get'>;
}

/** A plan's treatments as the registry has them, and why one of them may not take part. */
export async function treatmentsOf(
  sources: Sources,
  { tenant, model, treatments }: Pick<ExperimentPlan, 'tenant' | 'model' | 'treatments'>,
): Promise<{ readonly treatments: readonly VersionRecord[]; readonly barred?: string }> {
  const found = await Promise.all(
    treatments.map(async ({ target }) => ({
      target,
      ...(await eligible(sources, { tenant, model, version: target.version })),
    })),
  );
  for (const { target, version, barred } of found) {
    if (barred !== undefined) return { treatments: [], barred };
    if (version?.digest !== target.digest) {
      return { treatments: [], barred: `${target.version} is no longer what was planned` };
    }
  }
  return { treatments: found.flatMap(({ version }) => version ?? []) };
}

/** A version, and why it may not take part in an experiment; undefined where it may. */
export async function eligible(
  { registry, approvals }: Sources,
  subject: Subject,
): Promise<{ readonly version?: VersionRecord; readonly barred: string | undefined }> {
  const version = await registry.version(subject);
  if (!version) return { barred: `there is no version ${subject.version} of ${subject.model}` };
  const approval = version.approval
    ? await approvals.get(subject.tenant, version.approval)
    : undefined;
  return { version, barred: barredBy(version, approval) };
}
