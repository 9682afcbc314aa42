import * as z from 'zod/mini';
import { normalName, wellFormed } from '#domain/gates/dependencies/component.ts';
import { OsvRecord } from './record.ts';
import { severityOf } from './severity.ts';

/** `[kind, version]`: `i`ntroduced, `f`ixed, `l`ast affected, `m` limit. */
const Step = z.tuple([z.enum(['i', 'f', 'l', 'm']), z.string()]);
export type Step = z.infer<typeof Step>;

/** What one record says about one package, in the form that a snapshot keeps. */
export const Advisory = z.strictObject({
  id: z.string(),
  aliases: z.array(z.string()),
  summary: z.string(),
  severity: z.optional(z.strictObject({ score: z.number(), basis: z.string() })),
  /** Ranges of versions; none and no versions: the record does not tell which are affected. */
  ranges: z.array(z.array(Step)),
  versions: z.array(z.string()),
  /** The record could not be read: whether any version is affected is unknown. */
  unreadable: z.optional(z.boolean()),
});
export type Advisory = z.infer<typeof Advisory>;

export type ReadRecord =
  | { readonly kind: 'advisories'; readonly byName: ReadonlyMap<string, readonly Advisory[]> }
  | { readonly kind: 'withdrawn' }
  /** It names no package of PyPI that it could be kept for. */
  | { readonly kind: 'unreadable'; readonly id: string; readonly reason: string };

const MAX_SUMMARY = 200;

/** Turns a record of OSV into advisories by normalised PyPI name. */
export function readRecord(json: unknown): ReadRecord {
  const parsed = OsvRecord.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return unreadable(
      json,
      `"${issue?.path.map(String).join('.') || 'record'}" is of another kind`,
    );
  }
  const { id, withdrawn, aliases, affected, summary = '' } = parsed.data;
  if (withdrawn !== undefined) return { kind: 'withdrawn' };
  const byName = new Map<string, Advisory[]>();
  for (const entry of affected ?? []) {
    if (entry.package === undefined || !isPyPi(entry.package.ecosystem)) continue;
    const severity = severityOf(...worstOf(parsed.data, entry));
    const advisory: Advisory = {
      id,
      aliases: [...new Set(aliases ?? [])].filter((alias) => alias !== id).sort(),
      summary: wellFormed(summary.slice(0, MAX_SUMMARY)),
      ...(severity ? { severity } : {}),
      ranges: (entry.ranges ?? []).filter(({ type }) => type !== 'GIT').map(stepsOf),
      versions: entry.versions ?? [],
    };
    append(byName, normalName(entry.package.name), advisory);
  }
  return { kind: 'advisories', byName };
}

type Affected = NonNullable<OsvRecord['affected']>[number];

function worstOf(record: OsvRecord, entry: Affected): [string[], string | undefined] {
  const vectors = [...(record.severity ?? []), ...(entry.severity ?? [])].map(({ score }) => score);
  const rating = entry.database_specific?.severity ?? record.database_specific?.severity;
  return [vectors, typeof rating === 'string' ? rating : undefined];
}

const stepsOf = ({ events }: { readonly events: readonly OsvEvent[] }): Step[] =>
  events.flatMap((event): Step[] => {
    if (event.introduced !== undefined) return [['i', event.introduced]];
    if (event.fixed !== undefined) return [['f', event.fixed]];
    if (event.last_affected !== undefined) return [['l', event.last_affected]];
    return event.limit === undefined ? [] : [['m', event.limit]];
  });

type OsvEvent = NonNullable<Affected['ranges']>[number]['events'][number];

const isPyPi = (ecosystem: string): boolean => /^PyPI(?::|$)/.test(ecosystem);

const Names = z.object({
  id: z.optional(z.string()),
  affected: z.array(z.object({ package: z.object({ ecosystem: z.string(), name: z.string() }) })),
});

/** What cannot be read counts against the packages that it names, if it names any. */
function unreadable(json: unknown, reason: string): ReadRecord {
  const named = Names.safeParse(json);
  const told = z.object({ id: z.string() }).safeParse(json).data?.id ?? 'without an id';
  const id = wellFormed(told.slice(0, 200));
  const byName = new Map<string, Advisory[]>();
  for (const { package: about } of named.data?.affected ?? []) {
    if (!isPyPi(about.ecosystem)) continue;
    const summary = wellFormed(`the record cannot be read: ${reason}`.slice(0, MAX_SUMMARY));
    const advisory = { id, aliases: [], summary, ranges: [], versions: [], unreadable: true };
    append(byName, normalName(wellFormed(about.name)), advisory);
  }
  return byName.size > 0 ? { kind: 'advisories', byName } : { kind: 'unreadable', id, reason };
}

function append(byName: Map<string, Advisory[]>, name: string, advisory: Advisory): void {
  const list = byName.get(name);
  if (list) list.push(advisory);
  else byName.set(name, [advisory]);
}
