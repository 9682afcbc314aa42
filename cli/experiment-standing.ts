import { EXIT } from './exit-codes.ts';
import type { ExperimentBrief } from './experiment-schemas.ts';
import type { Standing } from './standing.ts';

const ENDED_BY: Readonly<Record<string, string>> = {
  guardrail: 'aborted: every treatment did harm',
  traffic: 'aborted: users were not shared out as planned',
  killed: 'aborted: a rollback ended it',
  person: 'stopped',
  blocked: 'it could not begin',
  fault: 'it broke off',
};

/** Where an experiment stands, in words and as an exit code. */
export function experimentStanding(experiment: ExperimentBrief): Pick<Standing, 'text' | 'exit'> {
  const { status, outcome, winner, promotion, reason, failure, stop } = experiment;
  if (status === 'PLANNED') return { text: 'about to begin', exit: EXIT.undecided };
  if (status === 'RUNNING') {
    return { text: stop ? 'about to end' : 'gathering evidence', exit: EXIT.undecided };
  }
  if (status === 'ABORTED') {
    const why = ENDED_BY[reason ?? ''] ?? `aborted: ${reason ?? 'nobody said why'}`;
    const more = failure ?? stop?.reason;
    const exit = reason === 'person' ? EXIT.undecided : EXIT.refused;
    return { text: more ? `${why}: ${more}` : why, exit };
  }
  if (outcome === 'winner') {
    const next = promotion === 'automatic' ? 'its rollout begins' : 'a person decides';
    return { text: `${winner} is better; ${next}`, exit: EXIT.ok };
  }
  return outcome === 'no-winner'
    ? { text: 'no treatment was shown to be better', exit: EXIT.ok }
    : { text: 'too little was seen', exit: EXIT.undecided };
}
