/**
 * Calls `late` after so many milliseconds. What arrived in time is read first, even where this
 * process was too busy to read it until now. Returns how to call it off.
 */
export function atDeadline(ms: number, late: () => void): () => void {
  let turn: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => {
    turn = setImmediate(late);
  }, ms);
  return () => {
    clearTimeout(timer);
    clearImmediate(turn);
  };
}
