import type { VersionDetail } from '../api-schemas.ts';
import { standingOf } from '../standing.ts';
import { counted } from './text.ts';

/** What happened between two looks at a version, a line each: the status for logs. */
export function changes(before: VersionDetail | undefined, now: VersionDetail): string[] {
  const known = new Set(before?.gates.map(({ gate, verdict }) => `${gate} ${verdict}`));
  const voted = new Set(before?.approval?.approvers.map(({ person }) => person));
  const lines = now.gates
    .filter(({ gate, verdict }) => !known.has(`${gate} ${verdict}`))
    .map(({ gate, verdict, counts }) => `gate ${gate}: ${verdict} (${counted(counts)})`);
  for (const { person } of now.approval?.approvers ?? []) {
    if (before && !voted.has(person)) lines.push(`approved by ${person}`);
  }
  const { text } = standingOf(now);
  if (!before || before.state !== now.state || standingOf(before).text !== text) {
    lines.push(`${now.model}@${now.version}: ${now.state}, ${text}`);
  }
  return lines;
}
