import { dirname } from 'node:path';
import type { ConversionReport } from '../commands/convert.ts';
import type { Style } from '../output.ts';
import { mark, toned } from './text.ts';

/** The script itself, what it needs, and what comes after it. */
export function conversionView(report: ConversionReport, { colors }: Style): string {
  const { framework, target, script, packages, fillIn, result, text, verdict } = report;
  const head = [
    `${colors.green('wrote')} ${script}`,
    `  model     ${framework}, to ${target}`,
    `  packages  pip install ${packages.join(' ')}`,
  ];
  if (verdict === undefined) {
    return [
      ...head,
      ...(fillIn ? [`  fill in   ${fillIn}`] : []),
      '',
      text.trimEnd(),
      '',
      fillIn ? `Then: python ${script}` : 'Then: run it, or add --run',
    ].join('\n');
  }
  return [
    ...head,
    `  result    ${result}`,
    `${mark(verdict, colors)} ${toned(verdict, colors)(verdict)}  scan of ${dirname(result)}`,
    verdict === 'pass'
      ? `Then: ${next(report)}`
      : `Then: assay scan ${dirname(result)}, which says what is wrong`,
  ].join('\n');
}

const next = ({ target, result }: ConversionReport): string =>
  target === 'onnx'
    ? `compare its answers with those of the original, then: assay init ${dirname(result)}`
    : `${result} holds the weights; to be served they have to become ONNX: --to onnx`;
