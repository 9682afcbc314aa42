import { run, runNaive } from './tally.ts';

/** A part of the simulation, in a process of its own. */
export type Part =
  | {
      readonly kind: 'scenario';
      readonly index: number;
      readonly from: number;
      readonly to: number;
    }
  | { readonly kind: 'naive'; readonly rollouts: number };

process.on('message', ({ part, seed }: { readonly part: Part; readonly seed: number }) => {
  process.send?.(
    part.kind === 'naive'
      ? runNaive(part.rollouts, seed)
      : run(part.index, part.from, part.to, seed),
  );
});
