/** What every command ends with; scripts and pipelines branch on these four. */
export const EXIT = { ok: 0, refused: 1, undecided: 2, error: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_CODES_HELP = `Exit codes:
  0  ok
  1  refused or failed: rejected upload, failed gate, refused vote, invalid signature
  2  undecided: still waiting, inconclusive or unsupported
  3  error: bad usage, not logged in, network`;
