/**
 * Bytes or papers that are not what was registered, signed and admitted. `got` and `expected`
 * are for the log; a client learns only `what`.
 */
export interface IntegrityMismatch {
  readonly kind: 'integrity-mismatch';
  readonly what: string;
  readonly got: string;
  readonly expected: string;
}

/** A genuine version that this backend cannot serve. */
export interface Unservable {
  readonly kind: 'unservable';
  readonly reason: string;
}

export type Refusal = IntegrityMismatch | Unservable;

export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refusal };

export const mismatch = (
  what: string,
  got: string,
  expected: string,
): { readonly ok: false; readonly refusal: IntegrityMismatch } => ({
  ok: false,
  refusal: { kind: 'integrity-mismatch', what, got, expected },
});

export const unservable = (
  reason: string,
): { readonly ok: false; readonly refusal: Unservable } => ({
  ok: false,
  refusal: { kind: 'unservable', reason },
});

/** Something that serving depends on did not answer; the same request may succeed later. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';

  constructor(what: string, cause: unknown) {
    super(`${what} cannot be read now; try again in a few seconds`, { cause });
  }
}

/** Passes what `reading` gives, and turns any fault of it into the one that a client may retry. */
export async function available<T>(what: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (cause) {
    throw new Unavailable(what, cause);
  }
}
