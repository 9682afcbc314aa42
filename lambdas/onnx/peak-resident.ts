import { readFileSync } from 'node:fs';

const KIB_PER_MIB = 1024;

/**
 * The most resident memory that a process has taken since it began, in MiB, from Linux;
 * undefined elsewhere and when the process is gone. Not `ru_maxrss`, which begins with its
 * parent's.
 */
export function peakResidentMiB(pid: number): number | undefined {
  try {
    const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? undefined : Number(kib) / KIB_PER_MIB;
  } catch {
    return undefined;
  }
}
