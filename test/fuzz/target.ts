/** A file that inputs are made from. */
export interface Seed {
  /** As a submitter would name it; formats are told by it where bytes do not tell. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A parser that strangers' bytes reach. */
export interface Target {
  readonly name: string;
  /** What inputs look like: `json` is changed by its structure too, `text` by words. */
  readonly kind: 'binary' | 'text' | 'json';
  /** Part of all inputs that it gets, 1 unless told. */
  readonly weight?: number;
  readonly seeds: () => readonly Seed[];
  /** Throws nothing but what the parser declares not to; what is thrown is a crash. */
  readonly parse: (input: Seed) => unknown;
}

/** Fails an input whose outcome breaks a promise. */
export function promise(kept: boolean, what: string): asserts kept {
  if (!kept) throw new Error(`broken promise: ${what}`);
}

/** Runs a parser that declares an error by its `name`. */
export async function unless(declared: readonly string[], parse: () => unknown): Promise<void> {
  try {
    await parse();
  } catch (error) {
    if (!(error instanceof Error && declared.includes(error.name))) throw error;
  }
}

export const textOf = ({ bytes }: Seed): string => new TextDecoder().decode(bytes);

export const seedOf = (name: string, content: string | Uint8Array): Seed => ({
  name,
  bytes: typeof content === 'string' ? new TextEncoder().encode(content) : content,
});
