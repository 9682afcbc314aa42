/** An output stream; on a terminal it knows its size. */
export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** Everything the CLI touches besides files and the network, so that tests can stand in for it. */
export interface Io {
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Home folder of the user, where settings live unless ASSAY_HOME says otherwise. */
  readonly home: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Asks without echo; absent where nobody can answer. Undefined when the user gave up. */
  readonly askPassword?: (message: string) => Promise<string | undefined>;
}
