import { LEVELS } from '#domain/gates/monitoring-policy.ts';
import type { Monitoring } from '#domain/monitoring/check/state.ts';
import { isoTime } from '#domain/monitoring/iso-time.ts';
import type { CheckKind } from '#domain/monitoring/report/drift-report.ts';
import type { Headline } from '#domain/monitoring/report/headline.ts';

/** An index item has its keys and pointers, too. */
export const headlineOf = (headline: Headline): Headline => {
  const { id, at, kinds, version, digest, outcome, level, drifted } = headline;
  return { id, at, kinds, version, digest, outcome, level, drifted };
};

/** How the version fares that was checked last; of a model that nobody has checked, only its name. */
export function monitoringViewOf(
  model: string,
  champion: string | undefined,
  state: Monitoring | undefined,
  overdue: readonly CheckKind[],
) {
  if (!state) return { model, version: champion, alarms: [], retrainings: [], overdue };
  const { version, digest, blocked, blockedSince, blockedBy, proposals, updatedAt } = state;
  const checkedAt = Object.entries(state.checkedAt).map(([kind, at]) => [kind, isoTime(at)]);
  const faulted = Object.entries(state.faulted ?? {}).map(([kind, { since, at }]) => [
    kind,
    { since: isoTime(since), at: isoTime(at) },
  ]);
  return {
    model,
    version,
    digest,
    alarms: alarmsOf(state),
    // Another version serves by now, which nobody has checked: it is not blocked by what this one was.
    ...(champion !== undefined && champion !== version && { serving: champion }),
    ...(blocked && champion === version && { blocked: { since: blockedSince, by: blockedBy } }),
    retrainings: proposals.proposedAt.map(isoTime),
    checkedAt: Object.fromEntries(checkedAt),
    overdue,
    ...(faulted.length > 0 && { faulted: Object.fromEntries(faulted) }),
    // A check that could not be made leaves its mark, and has checked nothing.
    ...(checkedAt.length > 0 && { updatedAt }),
  };
}

/** The gravest first; those that are quiet too, so that it is seen what is watched. */
const alarmsOf = ({ alarms }: Monitoring) =>
  Object.entries(alarms)
    .map(([watched, { raised, since, lapsed, checkedAt, ratios }]) => ({
      watched,
      raised,
      ...(raised && { since }),
      ...(lapsed && { lapsed }),
      checkedAt: isoTime(checkedAt),
      /** To what warns. */
      ratio: ratios.warn,
    }))
    .sort((a, b) => rank(b.raised) - rank(a.raised) || b.ratio - a.ratio);

const rank = (level: (typeof LEVELS)[number] | null): number =>
  level === null ? -1 : LEVELS.indexOf(level);
