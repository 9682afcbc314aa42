import { EXIT } from './exit-codes.ts';
import type { RolloutBrief } from './rollout-schemas.ts';
import type { Standing } from './standing.ts';

/** Where a rollout stands, in words and as an exit code. */
export function rolloutStanding(rollout: RolloutBrief): Standing {
  const why = rollout.ended?.reason;
  switch (rollout.status) {
    case 'RUNNING':
      return { phase: 'rolling', text: running(rollout), exit: EXIT.undecided };
    case 'PROMOTED':
      return { phase: 'final', text: 'promoted to production', exit: EXIT.ok };
    case 'ROLLED_BACK':
      return { phase: 'final', text: because('rolled back', why), exit: EXIT.refused };
    case 'ABORTED':
      return { phase: 'final', text: because('rollout aborted', why), exit: EXIT.undecided };
    case 'FAULTED':
      return { phase: 'final', text: because('rollout broke off', why), exit: EXIT.undecided };
  }
}

function running(rollout: RolloutBrief): string {
  const { paused, asked } = rollout;
  const state = [shareText(rollout), ...(paused ? ['paused'] : [])].join(', ');
  return asked ? `in rollout, ${state}; a person has to decide` : `in rollout, ${state}`;
}

/** `25 %`, or that its answers go to nobody yet. */
const shareText = ({ step, share }: Pick<RolloutBrief, 'step' | 'share'>): string => {
  if (share == null) return 'not on trial';
  return step === 0 ? 'in shadow' : percent(share);
};

/** `25 %`, `0.25 %`: three digits say enough of a share. */
export const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`;

const because = (what: string, why: string | undefined): string => (why ? `${what}: ${why}` : what);
