import fc from 'fast-check';
import { binaryChanges, changed, textChanges } from './mutate.ts';
import { changedJson, jsonChanges } from './mutate-json.ts';
import type { Seed, Target } from './target.ts';

const part = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const BATCH = 256;

/** Something of everything: changed files most of the time, noise and foreign names now and then. */
function recipes(kind: Target['kind']) {
  const bytes = kind === 'binary' ? binaryChanges : textChanges;
  const base = { file: part, name: part };
  const byBytes = fc.record({ ...base, is: fc.constant('bytes'), changes: bytes });
  const byNoise = fc.record({
    ...base,
    is: fc.constant('noise'),
    bytes:
      kind === 'binary'
        ? fc.uint8Array({ maxLength: 300 })
        : fc
            .string({ unit: 'binary', maxLength: 300 })
            .map((text) => new TextEncoder().encode(text)),
  });
  const byJson = fc.record({ ...base, is: fc.constant('json'), changes: jsonChanges });
  return fc.oneof(
    { weight: 20, arbitrary: byBytes },
    { weight: 1, arbitrary: byNoise },
    ...(kind === 'json' ? [{ weight: 30, arbitrary: byJson }] : []),
  );
}

/** The inputs `from` to `to` of a target: the same for the same seed, whatever ran before. */
export function* cases(
  target: Target,
  seed: number,
  from: number,
  to: number,
): Generator<readonly [index: number, input: Seed]> {
  const seeds = target.seeds();
  const arbitrary = recipes(target.kind);
  const all = seeds.map(({ bytes }) => bytes);
  for (let batch = Math.floor(from / BATCH); batch * BATCH < to; batch += 1) {
    const sampled = fc.sample(arbitrary, { seed: seed + batch * 7919, numRuns: BATCH });
    for (const [offset, recipe] of sampled.entries()) {
      const index = batch * BATCH + offset;
      if (index < from || index >= to) continue;
      const own = seeds[Math.floor(recipe.file * seeds.length)];
      if (own === undefined) throw new Error(`no file to begin with for ${target.name}`);
      // One in ten goes by the name of another.
      const named = recipe.name < 0.1 ? seeds[Math.floor(recipe.name * 10 * seeds.length)] : own;
      const name = named?.name ?? own.name;
      if (recipe.is === 'noise') yield [index, { name, bytes: recipe.bytes }];
      else if (recipe.is === 'json') {
        const text = changedJson(new TextDecoder().decode(own.bytes), recipe.changes);
        yield [index, { name, bytes: new TextEncoder().encode(text) }];
      } else yield [index, { name, bytes: changed(own.bytes, recipe.changes, all) }];
    }
  }
}
