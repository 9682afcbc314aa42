export interface Spent {
  readonly wallMs: number;
  readonly cpuMs: number;
}

export interface Compared {
  readonly theirs: Spent;
  readonly ours: Spent;
  /** How many times as much theirs takes: the median of the turns' own ratios. */
  readonly ratio: Spent;
}

/** Lets the one and the other run in turns, so that both meet the same load; medians. */
export async function inTurns(
  turns: number,
  theirs: () => Promise<Spent>,
  run: () => unknown,
): Promise<Compared> {
  const all: { readonly theirs: Spent; readonly ours: Spent }[] = [];
  run();
  for (let turn = 0; turn < turns; turn++) all.push({ ours: spent(run), theirs: await theirs() });
  const middle = (of: (turn: (typeof all)[number]) => number): number =>
    all.map(of).sort((a, b) => a - b)[turns >>> 1] as number;
  const both = (of: (turn: (typeof all)[number], kind: keyof Spent) => number): Spent => ({
    wallMs: middle((turn) => of(turn, 'wallMs')),
    cpuMs: middle((turn) => of(turn, 'cpuMs')),
  });
  return {
    theirs: both((turn, kind) => turn.theirs[kind]),
    ours: both((turn, kind) => turn.ours[kind]),
    ratio: both((turn, kind) => turn.theirs[kind] / turn.ours[kind]),
  };
}

/** Of the processor, what collecting garbage and compiling take besides. */
export function spent(run: () => unknown): Spent {
  const [start, before] = [performance.now(), process.cpuUsage()];
  run();
  const { user, system } = process.cpuUsage(before);
  return { wallMs: performance.now() - start, cpuMs: (user + system) / 1000 };
}
