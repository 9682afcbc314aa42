import * as z from 'zod/mini';
import { wellFormed } from '#domain/gates/dependencies/component.ts';

/** Text that can be hashed, whatever the record escapes. */
const Text = z.pipe(z.string(), z.transform(wellFormed));

const Severities = z.array(z.object({ type: z.string(), score: Text }));

/** One step of a range; exactly one of these is set. `0` is before every version. */
const Event = z
  .object({
    introduced: z.optional(Text),
    fixed: z.optional(Text),
    last_affected: z.optional(Text),
    limit: z.optional(Text),
  })
  .check(z.refine((event) => Object.values(event).filter((v) => v !== undefined).length === 1));

const Affected = z.object({
  package: z.optional(z.object({ ecosystem: z.string(), name: Text })),
  ranges: z.optional(z.array(z.object({ type: z.string(), events: z.array(Event) }))),
  versions: z.optional(z.array(Text)),
  severity: z.optional(Severities),
  database_specific: z.optional(z.looseObject({ severity: z.optional(z.unknown()) })),
});

/**
 * A record of the Open Source Vulnerability format, as far as it is read here; other fields may
 * follow. Source: https://ossf.github.io/osv-schema/, version 1.
 */
export const OsvRecord = z.object({
  /** Absent means 1.0.0. */
  schema_version: z.optional(z.string().check(z.regex(/^1\./))),
  id: z.string().check(z.regex(/^[\x21-\x7e]{1,200}$/)),
  modified: z.string(),
  withdrawn: z.optional(z.string()),
  aliases: z.optional(z.nullable(z.array(Text))),
  summary: z.optional(Text),
  severity: z.optional(z.nullable(Severities)),
  affected: z.optional(z.nullable(z.array(Affected))),
  database_specific: z.optional(z.nullable(z.looseObject({ severity: z.optional(z.unknown()) }))),
});
export type OsvRecord = z.infer<typeof OsvRecord>;
