import type { Panel } from '#domain/monitoring/dashboard/drawing.ts';

/** What all lines of a panel are of. */
export const titleOf = ({ name, shared }: Pick<Panel, 'name' | 'shared'>): string =>
  name || (shared ? 'All tenants together' : 'All models');
