/** What a lookup came to; `away`: the store rests or is being connected to, which took no time. */
export type Lookup =
  | { readonly kind: 'hit'; readonly value: Buffer }
  | { readonly kind: 'miss' }
  | { readonly kind: 'failed' }
  | { readonly kind: 'away' };

/** A store of bytes that many processes share. Its faults are outcomes: it never rejects. */
export interface SharedStore {
  get(key: string): Promise<Lookup>;
  /** @param ttlMs from when on it may be forgotten. */
  set(key: string, value: Buffer, ttlMs: number): Promise<'written' | 'failed' | 'away'>;
}
