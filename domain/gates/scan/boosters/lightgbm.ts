import type { Findings } from '#domain/gates/scan/reading.ts';

/** Whether a text is LightGBM's own model format. */
export const isLightgbm = (text: string): boolean => /^tree\r?\nversion=v\d+/.test(text);

/** Adds what is missing or foreign: the format is `key=value` lines in sections, and runs nothing. */
export function addLightgbmFlaws(text: string, findings: Findings): void {
  const lines = text.split(/\r?\n/);
  if (!lines.includes('end of trees')) {
    findings.fail('lightgbm.truncated', 'has no "end of trees"; save the model again');
    return;
  }
  const declared = lines.find((line) => line.startsWith('tree_sizes='));
  const sizes = (declared?.slice('tree_sizes='.length) ?? '').split(' ').filter(Boolean);
  const trees = lines.filter((line) => /^Tree=\d+$/.test(line)).length;
  if (sizes.length !== trees) {
    findings.fail(
      'lightgbm.schema',
      `has ${trees} trees, its header declares ${sizes.length}; save the model again`,
    );
  }
}
