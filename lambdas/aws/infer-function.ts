import { StagingFunction } from './staging-function.ts';

/** The function that answers predictions, asked without the HTTP API in between. */
export class InferFunction extends StagingFunction {}
