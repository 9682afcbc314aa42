import type { VersionDetail } from './api-schemas.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { rolloutStanding } from './rollout-standing.ts';

/** Where a version stands on its way to production, in words and as an exit code. */
export interface Standing {
  /** `waiting` is for people; `judging` and `rolling` go on by themselves; `final` moves no more. */
  readonly phase: 'judging' | 'waiting' | 'rolling' | 'final';
  readonly text: string;
  readonly exit: ExitCode;
}

export function standingOf(version: VersionDetail): Standing {
  switch (version.state) {
    case 'TRAINING':
    case 'VALIDATION':
      return { phase: 'judging', text: judging(version), exit: EXIT.undecided };
    case 'STAGING':
      return staged(version);
    case 'PRODUCTION':
      return { phase: 'final', text: 'serving in production', exit: EXIT.ok };
    case 'DEPRECATED':
      return { phase: 'final', text: 'replaced by another version', exit: EXIT.ok };
    case 'FAILED':
      return failure(version);
  }
}

const judging = ({ signed, gates }: VersionDetail): string =>
  signed ? `gates are judging, ${gates.length} done` : 'being signed';

const staged = (version: VersionDetail): Standing => tried(version) ?? voted(version);

/** Where its last rollout left it, unless people vote on it anew: a rollback voids its approval. */
function tried({ approval, rollout, history }: VersionDetail): Standing | undefined {
  if (approval?.status === 'OPEN') return undefined;
  const approved = approval?.status === 'APPROVED';
  const last = history.at(-1);
  if (last?.from === 'PRODUCTION' && !approved) {
    const text = `rolled back${last.reason ? `: ${last.reason}` : ''}`;
    return { phase: 'final', text, exit: EXIT.refused };
  }
  if (!rollout || (rollout.status === 'ROLLED_BACK' && approved)) return undefined;
  const standing = rolloutStanding(rollout);
  // It goes to production by itself from here, as what is approved does.
  return standing.phase === 'rolling' ? { ...standing, exit: EXIT.ok } : standing;
}

function voted({ approval }: VersionDetail): Standing {
  if (!approval) {
    return { phase: 'judging', text: 'passed its gates, staged', exit: EXIT.undecided };
  }
  const { status, approvers, quorum, refusals = [] } = approval;
  switch (status) {
    case 'OPEN': {
      const text = `waiting for approval, ${approvers.length} of ${quorum}`;
      return { phase: 'waiting', text, exit: EXIT.undecided };
    }
    case 'APPROVED':
      return { phase: 'rolling', text: 'approved, on its way to production', exit: EXIT.ok };
    case 'REFUSED': {
      const by = refusals.map(({ person }) => person).join(', ');
      return { phase: 'final', text: `refused${by && ` by ${by}`}`, exit: EXIT.refused };
    }
    case 'EXPIRED':
      return { phase: 'final', text: 'approval expired', exit: EXIT.undecided };
    case 'VOID':
      return { phase: 'final', text: 'approval void', exit: EXIT.undecided };
  }
}

/** A release fails on anything but a pass; that no gate said "fail" makes it undecided. */
function failure({ gates, failure: reason, approval }: VersionDetail): Standing {
  const verdicts = gates.map(({ verdict }) => verdict);
  const undecided =
    approval?.status === 'EXPIRED' ||
    (!verdicts.includes('fail') && verdicts.some((v) => v === 'inconclusive' || v === 'error'));
  const names = gates.filter(({ verdict }) => verdict !== 'pass').map(({ gate }) => gate);
  const by = names.length > 0 ? `stopped by ${names.join(', ')}` : 'stopped';
  return {
    phase: 'final',
    text: reason ?? by,
    exit: undecided ? EXIT.undecided : EXIT.refused,
  };
}
