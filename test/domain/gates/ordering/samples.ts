import { gaussian, mulberry32 } from '#domain/gates/random.ts';

const random = mulberry32(7);
const many = (of: (random: () => number) => number): Float64Array =>
  Float64Array.from({ length: 60_000 }, () => of(random));

/** More values than are simply sorted, of every kind that sorting by cells or digits may trip over. */
export const SAMPLES: readonly (readonly [name: string, values: Float64Array])[] = [
  ['of both signs', many((next) => next() * 2 - 1)],
  ['negative', many((next) => -next())],
  ['normal', many(gaussian)],
  ['skewed', many((next) => Math.exp(gaussian(next)))],
  ['far skewed', many((next) => Math.exp(4 * gaussian(next)))],
  ['without a mean', many((next) => gaussian(next) / gaussian(next))],
  ['all the same', many(() => 5)],
  ['nearly all the same', many((next) => (next() < 0.99 ? 5 : gaussian(next)))],
  ['all but the same', many((next) => 1 + next() * 1e-12)],
  ['whole', many((next) => Math.floor(next() * 9) - 4)],
  ['mostly nought', many((next) => (next() < 0.9 ? 0 : next() - 0.2))],
  ['of any size', many((next) => (next() - 0.5) * 10 ** (600 * next() - 300))],
  ['noughts of both signs', many((next) => (next() < 0.5 ? -0 : 0))],
  ['mostly -0', many((next) => (next() < 0.8 ? -0 : Math.floor(next() * 3) - 1))],
  ['mostly 0 beside -0', many((next) => (next() < 0.8 ? 0 : next() < 0.5 ? -0 : -1))],
  ['infinite, some', many((next) => [-1 / 0, 1 / 0, 2][Math.floor(next() * 3)] ?? 0)],
  ['at the ends of a double', many((next) => (next() < 0.5 ? -1 : 1) * Number.MAX_VALUE)],
  ['the least there are', many((next) => (Math.floor(next() * 5) - 2) * Number.MIN_VALUE)],
  ['in order', Float64Array.from({ length: 60_000 }, (_, i) => i)],
  ['with one far out', many(gaussian).with(0, 1e9)],
];
