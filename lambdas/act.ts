import { v7 as uuid } from 'uuid';
import type { Act } from '#aws/version-changes.ts';

/** Somebody does something now. */
export const act = (actor: string): Act => ({
  id: uuid(),
  at: new Date().toISOString(),
  actor,
});

export const nowSeconds = (): number => Math.floor(Date.now() / 1000);
