import type { PolicyAnswer } from '../api-schemas.ts';
import type { Style } from '../output.ts';
import { table } from './table.ts';

/** Every setting of the policy in force, and which policy it is from. */
export function policyView(
  { revision, hash, policy, overlay, inherited }: PolicyAnswer,
  { colors }: Style,
): string {
  const own = new Set(settingsOf(overlay).map(([name]) => name));
  const tenants = new Set(settingsOf(inherited).map(([name]) => name));
  const rows = settingsOf(policy).map(([name, value]) => [
    name,
    JSON.stringify(value),
    own.has(name) ? 'own' : tenants.has(name) ? 'tenant' : 'default',
  ]);
  return [
    `revision ${revision}, hash ${hash}`,
    '',
    table(['SETTING', 'VALUE', 'FROM'], rows, colors),
  ].join('\n');
}

/** What another admin has to agree to. */
export const proposedView = ({ looser = [], proposer }: PolicyAnswer): string =>
  [
    `proposed by ${proposer}; it loosens the policy, so another tenant_admin must set the same:`,
    ...looser.map(({ field, got, expected }) => `  ${field}: ${got}, expected ${expected}`),
  ].join('\n');

/** `section.setting` and its value; what is pinned is shown by its hash. */
function settingsOf(policy: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(policy).flatMap(([section, settings]): [string, unknown][] => {
    if (section === 'schema') return [];
    if (settings === null || typeof settings !== 'object') return [[section, settings]];
    if ('sha256' in settings) return [[`${section}.sha256`, settings.sha256]];
    return Object.entries(settings).map(([name, value]) => [`${section}.${name}`, value]);
  });
}
