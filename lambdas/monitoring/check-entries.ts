import { type AuditEntry, aboutVersion } from '#domain/audit/entry.ts';
import type { Change } from '#domain/monitoring/alarms/hysteresis.ts';
import type { Checked } from '#domain/monitoring/check/check.ts';
import type { Monitoring } from '#domain/monitoring/check/state.ts';
import { isoTime } from '#domain/monitoring/iso-time.ts';
import type { CheckKind } from '#domain/monitoring/report/drift-report.ts';
import type { EvidencePointer } from '#domain/registry/artifact.ts';
import { act } from '../act.ts';

type Data = AuditEntry['data'];

/** What a check is known by: that it was made, each alarm that moved, and what began or ended by it. */
export function checkEntries(
  { report, next, moved }: Checked,
  known: Monitoring | undefined,
  json: EvidencePointer,
): readonly [AuditEntry, ...AuditEntry[]] {
  const of = { digest: report.digest, report: report.id, sha256: json.sha256 };
  const entry: Entry = (type, data) => entryOf(next, type, { ...of, ...data });
  const made = entry('monitoring.checked', { kinds: report.kinds, windowsEnd: report.at });
  const moves = moved.flatMap(({ watched, alarm, isJudged, change, begins }) => {
    const type = TYPES[change];
    const { raised: level, ratios } = alarm;
    return [
      ...(type
        ? [entry(type, { watched, level, change, isJudged, ratios, consequences: begins })]
        : []),
      ...(begins.includes('propose-retraining')
        ? [entry('retraining.requested', { watched, level, ratios })]
        : []),
    ];
  });
  return [made, ...moves, ...blockEntries(next, known, entry)];
}

/** What is known of a check that could not be made at all. */
export const faultEntries = (
  next: Monitoring,
  known: Monitoring | undefined,
  { kinds, at }: { readonly kinds: readonly CheckKind[]; readonly at: number },
): readonly [AuditEntry, ...AuditEntry[]] => {
  const entry: Entry = (type, data) => entryOf(next, type, { digest: next.digest, ...data });
  const faulted = entry('monitoring.faulted', { kinds, windowsEnd: isoTime(at) });
  return [faulted, ...blockEntries(next, known, entry)];
};

type Entry = (type: AuditEntry['type'], data: Data) => AuditEntry;

const entryOf = (about: Monitoring, type: AuditEntry['type'], data: Data): AuditEntry => ({
  ...act('check-model'),
  type,
  ...aboutVersion(about),
  data,
});

const TYPES: Readonly<Record<Change, AuditEntry['type'] | undefined>> = {
  raised: 'drift.detected',
  escalated: 'drift.detected',
  eased: 'drift.cleared',
  cleared: 'drift.cleared',
  lapsed: 'drift.lapsed',
  none: undefined,
};

function blockEntries(
  { blocked, blockedBy, blockedSince }: Monitoring,
  known: Monitoring | undefined,
  entry: Entry,
): readonly AuditEntry[] {
  // One that got worse is another one.
  const isAnother = !known?.blocked || blockedSince !== known.blockedSince;
  if (blocked && isAnother) return [entry('promotion.blocked', { by: blockedBy })];
  if (!blocked && known?.blocked)
    return [entry('promotion.unblocked', { since: known.blockedSince })];
  return [];
}
