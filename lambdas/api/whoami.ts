import { Hono } from 'hono';
import type { Api } from './caller.ts';

/** For every person, whatever their roles: that the API answers, and whom it takes them for. */
export const whoamiRoutes = () =>
  new Hono<Api>()
    .get('/health', (c) => c.json({ status: 'ok' }))
    .get('/whoami', (c) => {
      const { id, tenant, roles } = c.var.caller;
      return c.json({ person: id, tenant, roles });
    });
