import type { Style } from '../output.ts';
import { bytes, cut } from './text.ts';

const BAR_WIDTH = 30;

export interface UploadProgress {
  readonly doneBytes: number;
  readonly totalBytes: number;
  readonly startedAtMs: number;
  /** File of the part that arrived last. */
  readonly path: string;
}

/** `[######----]  45 %  12.3 MB of 27.1 MB  8.2 MB/s  model.onnx` */
export function progressLine(
  { doneBytes, totalBytes, startedAtMs, path }: UploadProgress,
  { colors, now, columns }: Style,
): string {
  const share = totalBytes === 0 ? 1 : doneBytes / totalBytes;
  const filled = Math.round(share * BAR_WIDTH);
  const bar = colors.cyan('#'.repeat(filled)) + '-'.repeat(BAR_WIDTH - filled);
  const rate = bytes(Math.round((doneBytes * 1000) / Math.max(1, now - startedAtMs)));
  const facts = `${String(Math.floor(share * 100)).padStart(3)} %  ${bytes(doneBytes)} of ${bytes(totalBytes)}  ${rate}/s`;
  return `[${bar}] ${facts}  ${cut(path, Math.max(10, columns - BAR_WIDTH - facts.length - 6))}`;
}
