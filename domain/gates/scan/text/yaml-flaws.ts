import type { Findings } from '#domain/gates/scan/reading.ts';

/** Libraries whose classes NeMo's and Hydra's `_target_` may name. */
const TARGETS = /^(?:nemo|torch\.(?:nn|optim)|pytorch_lightning|lightning)(?:\.[A-Za-z]\w*)+$/;

/** Adds what a YAML loader would call: Python tags, and `_target_` of Hydra (NeMo's model_config.yaml). */
export function addYamlFlaws(text: string, findings: Findings): void {
  const tag = /!!python\/[\w/:.]+/.exec(text);
  if (tag !== null) {
    findings.fail(
      'yaml.python-tag',
      `holds ${JSON.stringify(tag[0].slice(0, 80))}, which a lax loader runs; write plain YAML`,
      tag.index,
    );
  }
  for (const found of text.matchAll(
    /^[ \t]*(?:-[ \t]+)?["']?_target_["']?[ \t]*:[ \t]*["']?([^\s"'#]*)/gm,
  )) {
    const target = found[1] ?? '';
    if (TARGETS.test(target)) continue;
    findings.fail(
      'yaml.target',
      `has the _target_ ${JSON.stringify(target.slice(0, 80))}, which loading would call; use classes of NeMo and PyTorch only`,
      found.index,
    );
  }
}
