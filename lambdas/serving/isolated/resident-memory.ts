import { execFile } from 'node:child_process';
import { peakResidentMiB } from '../../onnx/peak-resident.ts';

const KIB_PER_MIB = 1024;
/** Linux fills about 100 MiB in this time. */
export const LOOK_MS = 25;
/** Each look starts a process where there is no /proc. */
const PS_LOOK_MS = 250;

/** Resident memory at this moment, in MiB, from `ps`. */
export function residentMiB(pid: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    execFile('ps', ['-o', 'rss=', '-p', String(pid)], (error, stdout) => {
      resolve(error ? undefined : Number(stdout.trim()) / KIB_PER_MIB);
    });
  });
}

/** Calls `over` with the MiB taken once they are above the limit. Returns how to stop looking. */
export function watchMemory(
  pid: number,
  limitMiB: number,
  over: (gotMiB: number) => void,
): () => void {
  const compare = (gotMiB: number | undefined) => {
    if (gotMiB !== undefined && gotMiB > limitMiB) over(gotMiB);
  };
  const linux = process.platform === 'linux';
  const look = linux
    ? () => compare(peakResidentMiB(pid))
    : () => void residentMiB(pid).then(compare);
  const timer = setInterval(look, linux ? LOOK_MS : PS_LOOK_MS);
  return () => clearInterval(timer);
}
