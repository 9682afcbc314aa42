import fc from 'fast-check';

/**
 * One seed for every property, so that a run can be repeated and a change alone can break it.
 * `FC_SEED=$RANDOM npm test` looks further.
 */
fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 20_261_121) });
