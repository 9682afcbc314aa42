import { runMonitoring } from './monitoring.ts';
import { run, runNaive } from './tally.ts';

/** A part of the simulation, in a process of its own. */
export type Part =
  | {
      readonly kind: 'scenario' | 'monitoring';
      readonly index: number;
      readonly from: number;
      readonly to: number;
    }
  | { readonly kind: 'naive'; readonly rollouts: number };

process.on('message', ({ part, seed }: { readonly part: Part; readonly seed: number }) => {
  process.send?.(answerTo(part, seed));
});

function answerTo(part: Part, seed: number): unknown {
  switch (part.kind) {
    case 'scenario':
      return run(part.index, part.from, part.to, seed);
    case 'monitoring':
      return runMonitoring(part.index, part.from, part.to, seed);
    case 'naive':
      return runNaive(part.rollouts, seed);
  }
}
