import * as z from 'zod/mini';
import { epochDay } from './epoch-day.ts';

/** A known vulnerability that people accept for a time. */
export const VulnerabilityException = z.strictObject({
  /** Any name of the vulnerability: CVE-2024-1, GHSA-…, PYSEC-…. */
  id: z.string().check(z.minLength(1)),
  /** Normalised name of the package it is accepted in; absent: in any. */
  package: z.optional(z.string()),
  reason: z.string().check(z.minLength(1, { error: 'why it does no harm here' })),
  approvedBy: z.string().check(z.minLength(1, { error: 'who approved it' })),
  /** Last day, in UTC, that it holds on: `2026-12-31`. */
  expires: z
    .string()
    .check(z.refine((day) => epochDay(day) !== undefined, { error: 'a date such as 2026-12-31' })),
});
export type VulnerabilityException = z.infer<typeof VulnerabilityException>;

/** What the packages that a version needs are judged by. */
export const DependencyPolicy = z.strictObject({
  /** Vulnerabilities that a version may have in all its packages together. */
  maxVulnerabilities: z.int().check(z.nonnegative()),
  /** CVSS score below which one does not count; one without a score always does. */
  scoreMin: z.number().check(z.minimum(0), z.maximum(10)),
  exceptions: z.array(VulnerabilityException),
  /** Age of the snapshot of advisories beyond which nothing is certain. */
  snapshotMaxAgeDays: z.number().check(z.positive()),
  /** Whether each package must come with the hashes of its files. */
  requireHashes: z.boolean(),
  /** Package indexes that hold what PyPI's advisories speak of. */
  indexes: z.array(z.string()),
  /** There are no advisories for conda's packages: undecided, or judged as PyPI's of that name. */
  conda: z.enum(['inconclusive', 'as-pypi']),
  /** PEP 508 variables of where models run: what a marker excludes there is not judged. */
  environment: z.record(z.string(), z.string()),
});
export type DependencyPolicy = z.infer<typeof DependencyPolicy>;

/** What applies where neither tenant nor model says otherwise. */
export const DEFAULT_DEPENDENCY_POLICY: DependencyPolicy = {
  maxVulnerabilities: 0,
  scoreMin: 0,
  exceptions: [],
  snapshotMaxAgeDays: 7,
  requireHashes: false,
  indexes: ['https://pypi.org/simple'],
  conda: 'inconclusive',
  environment: {},
};
