import { tensorsOf } from './graph-contents.ts';
import type { TensorProto } from './onnx_pb.ts';
import { quote } from './onnx-error.ts';
import type { OnnxMetadata } from './read-onnx.ts';

/** `TensorProto.DataLocation.EXTERNAL`. */
const EXTERNAL = 1;

/** A file beside the model that tensors keep their data in. */
export interface ExternalFile {
  /** As the model writes it, without `./`; when `problem` is set, never to be opened. */
  readonly path: string;
  readonly tensors: number;
  /** Why the path may not be followed, with the remedy. */
  readonly problem?: string;
}

/** Every external file the model names, each once, in order of path. */
export function externalFilesOf({ model }: OnnxMetadata): ExternalFile[] {
  const files = new Map<string, ExternalFile>();
  for (const tensor of tensorsOf(model)) {
    if (tensor.dataLocation !== EXTERNAL && tensor.externalData.length === 0) continue;
    const found = locationOf(tensor);
    const tensors = (files.get(found.path)?.tensors ?? 0) + 1;
    files.set(found.path, { ...files.get(found.path), ...found, tensors });
  }
  return [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function locationOf({ name, externalData }: TensorProto): Omit<ExternalFile, 'tensors'> {
  const locations = externalData.filter(({ key }) => key === 'location');
  const written = locations[0]?.value ?? '';
  if (locations.length !== 1) {
    const problem = `tensor ${quote(name)} names ${locations.length} locations, expected 1; save the model again with onnx.save(..., save_as_external_data=True)`;
    return { path: written, problem };
  }
  const path = written.replace(/^(\.\/+)+/, '');
  const flaw = pathFlaw(path);
  if (flaw === undefined) return { path };
  return {
    path: written,
    problem: `tensor ${quote(name)} keeps its data at ${quote(written)}, ${flaw}; save the model again with its data in a file beside it`,
  };
}

/** Why a path might lead out of the artifact; none for one that stays beside the model. */
function pathFlaw(path: string): string | undefined {
  if (path === '') return 'which is empty';
  if (path.startsWith('/') || /^[A-Za-z][A-Za-z0-9+.-]*:/.test(path))
    return 'which is not relative';
  if (
    [...path].some((character) => character < ' ' || character === '\\' || character === '\x7f')
  ) {
    return 'which has a backslash or a control character';
  }
  const parts = path.split('/');
  if (parts.includes('..')) return 'which leads out of the artifact';
  if (parts.includes('') || parts.includes('.')) return 'which has empty or "." parts';
  return undefined;
}
