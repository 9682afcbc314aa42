import * as z from 'zod/mini';
import { Backend } from '#domain/registry/backend.ts';
import { canonicalBytes } from '#domain/registry/canonical.ts';
import { ModelName, Tenant } from '#domain/registry/subject.ts';
import { Sha256 } from '#domain/signing/statement.ts';
import { ATTRIBUTE_TYPES, AttributeName, misfits, Segment } from './segment.ts';

/** Of the canonical form: read on the hot path, one item for each model. */
export const MAX_ROUTE_BYTES = 4096;
/** A quarantined digest takes about 115 bytes of a route. */
export const MAX_QUARANTINED = 12;

const Share = z.number().check(z.minimum(0), z.maximum(1));
const Count = z.int().check(z.nonnegative());
/** Milliseconds since the epoch. */
const Instant = z.int().check(z.nonnegative());
const Version = z.string().check(z.minLength(1), z.maxLength(64));
export const Name = z.string().check(
  z.regex(/^[a-z0-9][a-z0-9._-]{0,39}$/, {
    error: 'a name: 1 to 40 of a-z, 0-9, dot, _ and -, a letter or digit first',
  }),
  // Counts are looked up by name in plain objects.
  z.refine((name) => !(name in {}), { error: 'another name than those every object has' }),
);
/** No NUL, which ends the salt where it is hashed. */
const Salt = z
  .string()
  .check(z.regex(/^[\x21-\x7e]{1,64}$/, { error: 'a salt: 1 to 64 visible ASCII characters' }));

const target = { version: Version, digest: Sha256, backend: z.optional(Backend) };

/** A version that can answer; `lambda` where it names no backend. */
export const Target = z.strictObject(target);
export type Target = Readonly<z.infer<typeof Target>>;

/** What is on trial serves by leave of a lease, and of the kill epoch that it was begun under. */
const trial = {
  leaseUntil: Instant,
  epoch: Count,
  /** Generation that began it. */
  since: Count,
  salt: Salt,
};

const MODES = ['shadow', 'canary', 'full'] as const;
export type Mode = (typeof MODES)[number];

const Candidate = z
  .strictObject({
    ...target,
    ...trial,
    mode: z.enum(MODES),
    share: Share,
    /** Share of the requests copied to it, in shadow mode. */
    shadowSample: Share,
  })
  .check(
    z.refine(({ mode, share }) => shareFits(mode, share), {
      path: ['share'],
      error: '0 in mode shadow, 1 in mode full, and between them in mode canary',
    }),
  );
export type Candidate = Readonly<z.infer<typeof Candidate>>;

export const shareFits = (mode: Mode, share: number): boolean =>
  mode === 'shadow' ? share === 0 : mode === 'full' ? share === 1 : share > 0 && share < 1;

const Variant = z.strictObject({ ...target, name: Name, weight: Share });

/** A stretch of a layer's buckets, `to` not in it. */
export const Range = z
  .strictObject({ from: Share, to: Share })
  .check(
    z.refine(({ from, to }) => from < to, { error: 'a range whose `from` is below its `to`' }),
  );

/** Weights are doubles: they sum to 1 but for rounding. */
const SUM_TOLERANCE = 1e-9;

const Experiment = z
  .strictObject({
    ...trial,
    id: Name,
    /** Experiments of one layer own ranges of its buckets that do not meet: nobody is in two. */
    layer: Name,
    range: Range,
    segment: z.optional(Segment),
    /** Treatments first, the control last. */
    variants: z.array(Variant).check(z.minLength(2), z.maxLength(8)),
  })
  .check(
    z.refine(
      ({ variants }) =>
        Math.abs(variants.reduce((sum, { weight }) => sum + weight, 0) - 1) <= SUM_TOLERANCE,
      { path: ['variants'], error: 'weights that sum to 1' },
    ),
    z.refine(({ variants }) => new Set(variants.map(({ name }) => name)).size === variants.length, {
      path: ['variants'],
      error: 'variants that differ in name',
    }),
  );
export type Experiment = Readonly<z.infer<typeof Experiment>>;

const Quarantined = z.strictObject({ digest: Sha256, until: Instant });

/** `assay.route/v1`: which versions answer for a model, and whom. */
export const RouteDocument = z
  .strictObject({
    schema: z.literal('assay.route/v1'),
    tenant: Tenant,
    model: ModelName,
    /** Grows by one with each change but the renewal of a lease. */
    generation: Count,
    /** Grows with each kill; what was begun under a smaller one serves nobody. */
    killEpoch: Count,
    stable: z.strictObject({ ...target, since: Count }),
    /** Stable before this one: what a rollback of stable goes back to. */
    previous: z.optional(Target),
    candidate: z.optional(Candidate),
    /** The first one that a unit belongs to decides. */
    experiments: z.array(Experiment).check(z.maxLength(8)),
    /** Types of the request attributes that segments may ask for. */
    attributes: z.record(AttributeName, z.enum(ATTRIBUTE_TYPES)),
    /** May not serve, not even by a pinned version. */
    quarantined: z.array(Quarantined).check(z.maxLength(MAX_QUARANTINED)),
    /** ISO 8601, UTC. */
    updatedAt: z.string(),
  })
  .check((context) => {
    for (const { path, error } of segmentProblems(context.value)) {
      context.issues.push({ code: 'custom', path, message: error, input: context.value });
    }
  })
  .check(
    z.refine(
      ({ experiments }) => new Set(experiments.map(({ id }) => id)).size === experiments.length,
      {
        path: ['experiments'],
        error: 'experiments that differ in id',
      },
    ),
    z.refine(({ experiments }) => areDisjoint(experiments), {
      path: ['experiments'],
      error: 'ranges that do not meet within a layer',
    }),
    z.refine(({ stable, candidate }) => candidate?.digest !== stable.digest, {
      path: ['candidate'],
      error: 'another digest than stable has',
    }),
    z.refine(
      ({ stable, quarantined }) => quarantined.every(({ digest }) => digest !== stable.digest),
      { path: ['stable'], error: 'a version that is not quarantined' },
    ),
    z.refine((route) => canonicalBytes(route).length <= MAX_ROUTE_BYTES, {
      error: `a route of at most ${MAX_ROUTE_BYTES} bytes in canonical form; shorten segments or end experiments`,
    }),
  );
export type RouteDocument = Readonly<z.infer<typeof RouteDocument>>;

function segmentProblems({ experiments, attributes }: RouteDocument): SegmentProblem[] {
  return experiments.flatMap(({ segment }, i) =>
    segment
      ? misfits(segment, attributes).map(({ path, error }) => ({
          path: ['experiments', i, 'segment', ...path],
          error,
        }))
      : [],
  );
}

interface SegmentProblem {
  readonly path: (string | number)[];
  readonly error: string;
}

function areDisjoint(experiments: readonly Experiment[]): boolean {
  return experiments.every(({ layer, range }, i) =>
    experiments
      .slice(i + 1)
      .every(
        (other) =>
          other.layer !== layer || other.range.to <= range.from || range.to <= other.range.from,
      ),
  );
}
