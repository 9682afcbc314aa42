import { type AuditEntry, aboutVersion } from '#domain/audit/entry.ts';
import type { Change } from '#domain/monitoring/alarms/hysteresis.ts';
import type { Checked } from '#domain/monitoring/check/check.ts';
import type { Monitoring } from '#domain/monitoring/check/state.ts';
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
  const entry = (type: AuditEntry['type'], data: Data): AuditEntry => ({
    ...act('check-model'),
    type,
    ...aboutVersion(next),
    data: { ...of, ...data },
  });
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

const TYPES: Readonly<Record<Change, AuditEntry['type'] | undefined>> = {
  raised: 'drift.detected',
  escalated: 'drift.detected',
  eased: 'drift.cleared',
  cleared: 'drift.cleared',
  none: undefined,
};

function blockEntries(
  { blocked, blockedBy }: Monitoring,
  known: Monitoring | undefined,
  entry: (type: AuditEntry['type'], data: Data) => AuditEntry,
): readonly AuditEntry[] {
  const was = known?.blocked ?? false;
  if (blocked && !was) return [entry('promotion.blocked', { by: blockedBy })];
  if (!blocked && was) return [entry('promotion.unblocked', { since: known?.blockedSince })];
  return [];
}
