import type { Verdict } from '#domain/gates/verdict.ts';

/** What every command ends with; scripts and pipelines branch on these four. */
export const EXIT = { ok: 0, refused: 1, undecided: 2, error: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What a command that judges ends with. */
export const VERDICT_EXIT: Readonly<Record<Verdict, ExitCode>> = {
  pass: EXIT.ok,
  fail: EXIT.refused,
  inconclusive: EXIT.undecided,
  error: EXIT.error,
};

export const EXIT_CODES_HELP = `Exit codes:
  0  ok
  1  refused or failed: rejected upload, failed gate, refused vote, invalid signature
  2  undecided: still waiting, inconclusive or unsupported
  3  error: bad usage, not logged in, network`;
