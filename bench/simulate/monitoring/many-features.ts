import { DEFAULT_MONITORING_POLICY as POLICY } from '#domain/gates/monitoring-policy.ts';
import { gaussian } from '#domain/gates/random.ts';
import { judgeFeature } from '#domain/monitoring/check/judge-feature.ts';
import { judgeInputs } from '#domain/monitoring/check/judge-inputs.ts';
import { countNumber, noCounts } from '#domain/monitoring/statistics/bins.ts';
import { INDEPENDENT_ROWS } from '#domain/monitoring/statistics/overdispersion.ts';
import { newFeature } from './traffic.ts';
import { NOMINAL, REFERENCE, SOME, type Trial } from './trial.ts';

/** Twenty features that are one and the same with noise: they drift together or not at all. */
export const correlated = (shift: number): Trial => ({
  name: `twenty features of correlation 0.9, ${shift === 0 ? 'evidence at 1 % of each model' : `all shift by ${shift}`}`,
  bar: shift === 0 ? 'false alarm' : 'power',
  trials: shift === 0 ? SOME : SOME / 4,
  run: (random) => {
    const any = { ...NOMINAL, alpha: 0.01, driftedFeaturesMin: 1, driftedShareMin: 0 };
    const policy = shift === 0 ? any : POLICY;
    const features = Array.from({ length: 20 }, () => newFeature(REFERENCE, random));
    const currents = features.map(({ bins }) => noCounts(bins));
    for (let row = 0; row < 1000; row++) {
      const common = shift + Math.sqrt(0.9) * gaussian(random);
      for (const [i, { bins }] of features.entries()) {
        const current = currents[i];
        if (current) countNumber(bins, current, common + Math.sqrt(0.1) * gaussian(random));
      }
    }
    const verdicts = features.map(({ bins, reference }, i) => {
      const current = currents[i] ?? noCounts(bins);
      const compared = { bins, reference, current, overdispersion: INDEPENDENT_ROWS };
      return {
        name: `x/${i}`,
        verdict: judgeFeature({ ...compared, comparisons: features.length }, policy),
      };
    });
    return Number(judgeInputs(verdicts, policy).outcome === 'DRIFT');
  },
});
