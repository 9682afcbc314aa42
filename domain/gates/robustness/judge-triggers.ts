import type { Check } from '#domain/gates/verdict.ts';
import { HONEST_MODELS, honestAbove } from './calibration.ts';
import type { Robustness } from './measure.ts';
import type { RobustnessPolicy } from './policy.ts';

const ID = 'robustness.trigger-signal';

/** A feature stands out only among others. */
const FEATURES_MIN = 4;

/**
 * An anomaly signal with its calibrated false-positive rate, never a finding: honest models show
 * it too, and backdoors exist that nobody can see (Goldwasser et al. 2022, arXiv 2204.06974).
 */
export function judgeTriggers(
  { triggers, probed }: Pick<Robustness, 'triggers' | 'probed'>,
  { triggerIndexMax, anomalies }: RobustnessPolicy,
): Check {
  const refused = anomalies === 'refuse' ? 'inconclusive' : 'pass';
  if (!triggers.ok) {
    return { id: ID, verdict: triggers.verdict, message: triggers.reason };
  }
  const [signal] = triggers.value;
  if (!signal || probed < FEATURES_MIN) {
    const message = `no signal could be measured: a feature stands out among ${FEATURES_MIN} or more, and ${probed} were probed`;
    return { id: ID, verdict: refused, message };
  }
  const { feature, value, jump, index } = signal;
  const check = { id: ID, observed: index, threshold: triggerIndexMax };
  if (index <= triggerIndexMax) {
    const message = `no anomaly signal: the highest index is ${short(index)}, at most ${triggerIndexMax}; rare values of single features were tried, which shows neither triggers of several features, nor those within the usual range, nor most in models that are not trees`;
    return { ...check, verdict: 'pass', message };
  }
  const rate = `${short(100 * honestAbove(triggerIndexMax))} % of ${HONEST_MODELS} honest models show one`;
  const message = `warning: anomaly signal (${rate}): at ${feature} = ${typeof value === 'number' ? short(value) : JSON.stringify(value)} one step carries ${short(100 * jump)} % of the rows to one answer, index ${short(index)} above ${triggerIndexMax}; review the training rows with such values and how the model was trained`;
  return { ...check, verdict: refused, message, where: feature };
}

const short = (value: number): string => String(Number(value.toPrecision(4)));
