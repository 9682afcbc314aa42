import { hashOf } from '#domain/registry/canonical.ts';
import { type Problem, problemsOf } from '#domain/registry/problem.ts';
import { HEALTH_MINUTES_MAX } from './monitoring-policy.ts';
import { overlaid, Policy } from './policy.ts';
import type { PolicyOverlay } from './policy-overlay.ts';
import type { Json } from './verdict.ts';

/**
 * Which way each setting is tighter; `same` where any change may be looser. A setting that is not
 * listed cannot be overlaid.
 */
export const TIGHTER: Readonly<Record<string, Way>> = {
  'gates.required': 'more',
  'evaluation.backend': 'same',
  'evaluation.image': 'same',
  'evaluation.instanceType': 'same',
  'evaluation.volumeGiB': 'same',
  'evaluation.maxRuntimeSeconds': 'same',
  'performance.accuracyRatioMin': 'higher',
  'performance.accuracyMin': 'higher',
  'performance.accuracyWarn': 'higher',
  'performance.p95RatioMax': 'lower',
  'performance.memoryRatioMax': 'lower',
  'performance.eceMax': 'lower',
  'performance.latencyResolutionMs': 'lower',
  'performance.memoryResolutionMiB': 'lower',
  'performance.sliceRowsMin': 'same',
  'performance.sliceAccuracyGapMax': 'lower',
  'performance.protectedAttributes': 'more',
  'performance.selectionRateRatioMin': 'higher',
  'performance.equalOpportunityGapMax': 'lower',
  'performance.equalizedOddsGapMax': 'lower',
  'performance.referencePsiMax': 'lower',
  'security.scan': 'same',
  'dependencies.maxVulnerabilities': 'lower',
  'dependencies.scoreMin': 'lower',
  'dependencies.exceptions': 'fewer',
  'dependencies.snapshotMaxAgeDays': 'lower',
  'dependencies.requireHashes': 'on',
  'dependencies.indexes': 'fewer',
  'dependencies.conda': 'same',
  'dependencies.environment': 'same',
  'dataset.maxAgeDays': 'lower',
  'dataset.rowsMin': 'higher',
  'dataset.missingShareBelow': 'lower',
  'dataset.minorityShareMin': 'higher',
  'dataset.duplicateShareMax': 'lower',
  'dataset.wrongTypeShareMax': 'lower',
  'dataset.outOfDomainShareMax': 'lower',
  'dataset.constantColumnsMax': 'lower',
  'dataset.leakageAuc': 'lower',
  'dataset.overlapShareMax': 'lower',
  'privacy.trainingSamples': 'higher',
  'privacy.predictions': 'higher',
  'privacy.maxViolations': 'lower',
  'privacy.columnShareMin': 'lower',
  'privacy.allowed': 'fewer',
  'robustness.rowsMin': 'higher',
  'robustness.noiseSd': 'higher',
  'robustness.noiseDropMax': 'lower',
  'robustness.missingDropMax': 'lower',
  'robustness.attackSd': 'higher',
  'robustness.flipShareMax': 'lower',
  'robustness.triggerIndexMax': 'lower',
  'robustness.anomalies': 'same',
  'integration.successRateMin': 'higher',
  'load.concurrency': 'higher',
  'load.warmUpRequests': 'lower',
  'load.requests': 'higher',
  'load.seconds': 'higher',
  'load.errorRateMax': 'lower',
  'load.p95WarnMs': 'lower',
  'load.p95MaxMs': 'lower',
  'load.throughputMin': 'higher',
  'approvals.quorum': 'higher',
  'approvals.roles': 'fewer',
  'approvals.expireHours': 'lower',
  'rollout.trial': 'on',
  'rollout.shadow': 'on',
  'rollout.shadowSample': 'same',
  'rollout.steps': 'same',
  'rollout.lookSecondsMin': 'same',
  'rollout.lookSecondsMax': 'same',
  'rollout.lookGrowth': 'same',
  'rollout.leaseMarginSeconds': 'lower',
  'rollout.askAfterHours': 'lower',
  'rollout.guardrails': 'same',
  'rollout.exposuresMin': 'higher',
  'rollout.missingLooksMax': 'lower',
  'rollout.harmAlpha': 'same',
  'rollout.harmRatio': 'lower',
  'rollout.harmAlternatives': 'same',
  'rollout.analyses': 'same',
  'rollout.promotionAlpha': 'lower',
  'rollout.promotionRatio': 'lower',
  'rollout.promotionAlternatives': 'same',
  'rollout.negligibleRate': 'lower',
  'rollout.latencyQuantile': 'same',
  'rollout.latencyRatio': 'lower',
  'rollout.latencySlackMs': 'lower',
  'rollout.latencySamplesMin': 'same',
  'rollout.meanMargin': 'lower',
  'rollout.meanSamplesMin': 'same',
  'rollout.meanTunedFor': 'same',
  'rollout.sampleRatioAlpha': 'same',
  'rollout.trafficDeviationMax': 'lower',
  'rollback.gradualSteps': 'same',
  'rollback.gradualStepSeconds': 'lower',
  'rollback.validationSeconds': 'higher',
  'rollback.residualShareMax': 'lower',
  'rollback.goldenToleranceMax': 'lower',
  'rollback.coolDownHours': 'higher',
  'rollback.coolDownHoursMost': 'higher',
  'experiments.splitMax': 'lower',
  'experiments.hoursMin': 'higher',
  'experiments.hoursMax': 'lower',
  'experiments.unitsMin': 'higher',
  'experiments.alphaMax': 'lower',
  'experiments.autoPromotion': 'same',
  'experiments.floorMin': 'same',
  'experiments.batchMinutesMin': 'higher',
  'experiments.lookSeconds': 'same',
  'monitoring.samplesMin': 'same',
  'monitoring.alpha': 'same',
  'monitoring.judgedBy': 'more',
  'monitoring.psi': 'same',
  'monitoring.js': 'same',
  'monitoring.ks': 'same',
  'monitoring.chiSquare': 'same',
  'monitoring.missingShare': 'same',
  'monitoring.driftedFeaturesMin': 'lower',
  'monitoring.driftedShareMin': 'lower',
  'monitoring.criticalFeatures': 'more',
  'monitoring.raiseAfter': 'lower',
  'monitoring.raiseOf': 'same',
  'monitoring.clearAfter': 'higher',
  'monitoring.clearBelow': 'lower',
  'monitoring.accuracyDrop': 'same',
  'monitoring.accuracyRatioMin': 'higher',
  'monitoring.eceMax': 'lower',
  'monitoring.groupRowsMin': 'same',
  'monitoring.selectionRateRatioMin': 'higher',
  'monitoring.parityGapMax': 'lower',
  'monitoring.equalizedOddsGapMax': 'lower',
  'monitoring.pageHinkleyTolerance': 'lower',
  'monitoring.pageHinkleyLimit': 'lower',
  'monitoring.latencySloMs': 'lower',
  'monitoring.latencyWarnMs': 'lower',
  'monitoring.latencyCriticalMs': 'lower',
  'monitoring.latencyRatioMax': 'lower',
  'monitoring.errorRateMax': 'lower',
  'monitoring.cacheHitShareMin': 'same',
  'monitoring.retrainingCoolDownHours': 'same',
  'monitoring.retrainingsPerDay': 'same',
  'monitoring.driftHours': 'lower',
  'monitoring.performanceHours': 'lower',
  'monitoring.healthMinutes': 'lower',
};

type Way = 'higher' | 'lower' | 'more' | 'fewer' | 'on' | 'same';

/** `looser` where another admin must agree; `invalid` where nobody can: the floors are the schema's. */
export type PolicyChange =
  | { readonly outcome: 'tighter'; readonly policy: Policy }
  | {
      readonly outcome: 'looser';
      readonly policy: Policy;
      /** Settings that would be looser than they are. */
      readonly problems: readonly Problem[];
    }
  | { readonly outcome: 'invalid'; readonly problems: readonly Problem[] };

/** What applies once `overlay` stands over `base`, and whether that is looser than `current`. */
export function changePolicy(base: Policy, current: Policy, overlay: PolicyOverlay): PolicyChange {
  const unknown = unknownSettings(overlay);
  if (unknown.length > 0) return { outcome: 'invalid', problems: unknown };
  const merged = overlaid(base, overlay);
  const parsed = Policy.safeParse(merged);
  if (!parsed.success) {
    const problems = problemsOf(parsed.error, merged, 'correct the overlay and set it again');
    return { outcome: 'invalid', problems };
  }
  const { data: policy } = parsed;
  const unwatched = unwatchable(policy);
  if (unwatched.length > 0) return { outcome: 'invalid', problems: unwatched };
  const problems = loosened(current, policy);
  return problems.length > 0
    ? { outcome: 'looser', policy, problems }
    : { outcome: 'tighter', policy };
}

/**
 * What alarms could not watch. Not the schema's to refuse: versions that were judged by such a policy
 * are served, and rolled back, by it.
 */
function unwatchable({ monitoring: { healthMinutes } }: Policy): Problem[] {
  if (healthMinutes <= HEALTH_MINUTES_MAX) return [];
  return [
    {
      field: 'monitoring.healthMinutes',
      got: String(healthMinutes),
      expected: `at most ${HEALTH_MINUTES_MAX}, 56 hours: CloudWatch looks back for 7 days, which must have three checks for alarms on errors and latency`,
      remedy: 'have health checked more often, and set the overlay again',
    },
  ];
}

/** Settings that no policy has; one with a wrong value is known once it is merged. */
export const unknownSettings = (overlay: PolicyOverlay): Problem[] =>
  Object.entries(overlay).flatMap(([section, settings]) =>
    Object.keys(settings ?? {}).flatMap((name): Problem[] => {
      const field = `${section}.${name}`;
      if (Object.hasOwn(TIGHTER, field)) return [];
      const known = Object.keys(TIGHTER).filter((each) => each.startsWith(`${section}.`));
      return [
        {
          field,
          got: 'a setting that no policy has',
          expected: `one of ${known.join(', ')}`,
          remedy: 'correct the overlay and set it again',
        },
      ];
    }),
  );

function loosened(current: Policy, next: Policy): Problem[] {
  return Object.entries(TIGHTER).flatMap(([field, way]) => {
    const [before, after] = [settingOf(current, field), settingOf(next, field)];
    if (isNoLooser(way, before, after)) return [];
    return [
      {
        field,
        got: JSON.stringify(after),
        expected: `${EXPECTED[way]} ${JSON.stringify(before)}, which applies now`,
        remedy: 'keep the setting, or have another tenant_admin set the same overlay',
      },
    ];
  });
}

const EXPECTED: Readonly<Record<Way, string>> = {
  higher: 'at least',
  lower: 'at most',
  more: 'all of',
  fewer: 'none but',
  on: 'as strict as',
  same: 'exactly',
};

function isNoLooser(way: Way, before: unknown, after: unknown): boolean {
  switch (way) {
    case 'higher':
      return Number(after) >= Number(before);
    case 'lower':
      return Number(after) <= Number(before);
    case 'more':
      return within(before as Json[], after as Json[]);
    case 'fewer':
      return within(after as Json[], before as Json[]);
    case 'on':
      return after === true || before === false;
    case 'same':
      return hashOf(before) === hashOf(after);
  }
}

function within(items: readonly Json[], among: readonly Json[]): boolean {
  const known = new Set(among.map((item) => hashOf(item)));
  return items.every((item) => known.has(hashOf(item)));
}

function settingOf(policy: Policy, field: string): unknown {
  const [section = '', setting = ''] = field.split('.');
  return (policy as unknown as Record<string, Record<string, unknown>>)[section]?.[setting];
}
