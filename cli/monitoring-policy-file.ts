import { readFile } from 'node:fs/promises';
import { DEFAULT_MONITORING_POLICY, MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import { PolicyOverlay } from '#domain/gates/policy-overlay.ts';
import { problemsOf } from '#domain/registry/problem.ts';
import { cannotRead, Failure } from './failure.ts';

/**
 * The section `monitoring` of a policy file over the default one.
 *
 * @throws Failure for a file that is no policy
 */
export async function monitoringPolicyOf(path: string | undefined): Promise<MonitoringPolicy> {
  if (path === undefined) return DEFAULT_MONITORING_POLICY;
  const json = await readJson(path);
  const remedy = `correct ${path}`;
  const overlay = PolicyOverlay.safeParse(json);
  if (!overlay.success) {
    throw new Failure(`${path} is no policy`, {
      problems: problemsOf(overlay.error, json, remedy),
    });
  }
  const merged = { ...DEFAULT_MONITORING_POLICY, ...overlay.data.monitoring };
  const policy = MonitoringPolicy.safeParse(merged);
  if (policy.success) return policy.data;
  throw new Failure(`${path} has no monitoring policy`, {
    problems: problemsOf(policy.error, merged, remedy),
  });
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    const remedy = 'correct the path or the file';
    throw cannotRead(path, { expected: 'a JSON document', remedy }, cause);
  }
}
