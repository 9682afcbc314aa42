import { FormatError } from '#domain/gates/scan/format-error.ts';

const REMEDY = 'save the model again, or convert it to ONNX or safetensors';

/** The file is no HDF5 as the specification has it. */
export const broken = (id: string, what: string, at?: number): FormatError =>
  new FormatError(`hdf5.${id}`, 'fail', `${what}; ${REMEDY}`, at);

/** HDF5 that is not read here. */
export const unread = (id: string, what: string, at?: number): FormatError =>
  new FormatError(`hdf5.${id}`, 'inconclusive', `${what}, which is not read here; ${REMEDY}`, at);
