import type { Findings, Member, Scan } from '#domain/gates/scan/reading.ts';
import { externalFilesOf } from '#domain/registry/onnx/external-data.ts';
import { tensorsOf } from '#domain/registry/onnx/graph-contents.ts';
import type { TensorProto } from '#domain/registry/onnx/onnx_pb.ts';
import { quote } from '#domain/registry/onnx/onnx-error.ts';
import type { OnnxMetadata } from '#domain/registry/onnx/read-onnx.ts';

/** Adds what is wrong with the files beside a model; returns those that it keeps tensors in. */
export function addExternalFlaws(
  metadata: OnnxMetadata,
  { name, depth }: Member,
  { files }: Scan,
  findings: Findings,
): string[] {
  const folder = name.slice(0, name.lastIndexOf('/') + 1);
  const claims: string[] = [];
  for (const { path, problem } of externalFilesOf(metadata)) {
    if (problem !== undefined) findings.fail('onnx.external-path', problem);
    else if (depth > 0) {
      findings.undecided(
        'onnx.external-data',
        `keeps tensors in ${quote(path)} and lies in an archive itself; upload both files unpacked`,
      );
    } else if (!files.has(folder + path)) {
      findings.fail(
        'onnx.external-data',
        `keeps tensors in ${quote(path)}, which is not in the artifact; upload it beside the model`,
      );
    } else claims.push(folder + path);
  }
  for (const tensor of tensorsOf(metadata.model)) {
    const { path, end } = placeOf(tensor);
    const size = files.get(folder + path);
    if (depth > 0 || path === '' || size === undefined || end <= size) continue;
    findings.fail(
      'onnx.external-bounds',
      `tensor ${quote(tensor.name)} ends at byte ${end} of ${quote(path)}, which has ${size}; upload the whole file again`,
    );
  }
  return claims;
}

/** Where a tensor's data lies; Infinity as its end when the numbers are none. */
function placeOf({ externalData }: TensorProto): { readonly path: string; readonly end: number } {
  const entries = new Map(externalData.map(({ key, value }) => [key, value]));
  const [offset = '0', length = '0'] = [entries.get('offset'), entries.get('length')];
  const known = /^\d{1,15}$/.test(offset) && /^\d{1,15}$/.test(length);
  const path = (entries.get('location') ?? '').replace(/^(\.\/+)+/, '');
  return { path, end: known ? Number(offset) + Number(length) : Number.POSITIVE_INFINITY };
}
