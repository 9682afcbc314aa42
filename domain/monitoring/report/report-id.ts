import { hashOf } from '#domain/registry/canonical.ts';
import type { DriftReport } from './drift-report.ts';

/**
 * A UUID v7 of the time of a check and of what it found, so that a check that is repeated after a
 * crash has the same name for the same findings (RFC 9562, 5.7: the random bits are of a hash).
 */
export function reportId(report: Omit<DriftReport, 'id'>, at: number): string {
  const time = Math.max(0, Math.floor(at)).toString(16).padStart(12, '0').slice(-12);
  const hash = hashOf(report);
  const variant = ((Number.parseInt(hash.slice(3, 4), 16) & 0x3) | 0x8).toString(16);
  return [
    time.slice(0, 8),
    time.slice(8),
    `7${hash.slice(0, 3)}`,
    `${variant}${hash.slice(4, 7)}`,
    hash.slice(7, 19),
  ].join('-');
}
