/** The model that the story is about, and where its files are. */
export const MODEL = 'breast-cancer';
export const EXAMPLES = `examples/${MODEL}`;
export const ROLLOUT = 'examples/rollout';
/** Another one, which is unfair. */
export const LOAN = 'loan';
export const LOANS = 'examples/unfair-loan';

/** The CLI's exit codes that the story turns on. */
export const OK = 0;
export const REFUSED = 1;
export const UNDECIDED = 2;
