import type { Check } from '#domain/gates/verdict.ts';
import type { DatasetContract } from './contract.ts';
import type { DatasetPolicy } from './policy.ts';
import type { DatasetProfile } from './profile.ts';

/** What a rule judges, and by what. */
export interface Ruled {
  readonly contract: DatasetContract;
  readonly policy: DatasetPolicy;
  readonly profile: DatasetProfile;
}

export const undecided = (id: string, message: string): Check => ({
  id,
  verdict: 'inconclusive',
  message,
});

export const percent = (share: number): string => `${Number((share * 100).toPrecision(4))} %`;

export const short = (value: number): string => String(Number(value.toPrecision(6)));

/** The first few names, and how many more there are. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).join(', ');
  return names.length > SHOWN ? `${shown} and ${names.length - SHOWN} more` : shown;
}

const SHOWN = 5;
