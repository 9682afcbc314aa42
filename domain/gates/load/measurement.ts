/** What became of one measured request. */
export interface LoadSample {
  /** When its answer was there, from the start of the measurement. */
  readonly atMs: number;
  /** As the client saw it. */
  readonly latencyMs: number;
  /** As the function itself says, where it answered. */
  readonly functionMs?: number;
  /** Why there was no good answer. */
  readonly failure?: string;
  /** How a good answer differs from the expected one; undefined also where none is expected. */
  readonly difference?: string;
}

export interface LoadMeasurement {
  readonly samples: readonly LoadSample[];
  readonly elapsedMs: number;
  /** Whether the requests come with expected answers. */
  readonly answersExpected: boolean;
  /** Requests that did not get to the function and were sent again; they say nothing of it. */
  readonly unsent: number;
  /** Why the last one of them did not. */
  readonly unsentReason?: string;
}
