import { Hono } from 'hono';
import { type Dashboards, Throttled } from '#aws/dashboards.ts';
import { may, type Person } from '#domain/access/person.ts';
import { type Definition, readDefinition } from '#domain/monitoring/dashboard/definition.ts';
import { draw } from '#domain/monitoring/dashboard/draw.ts';
import type { Drawing } from '#domain/monitoring/dashboard/drawing.ts';
import { type Api, allow } from './caller.ts';
import { KeptDrawings } from './kept-drawings.ts';
import { Refused } from './problem.ts';
import { type ServedPorts, servedModels } from './served-models.ts';

const RETRY_AFTER_SECONDS = 5;

export interface DashboardPorts extends ServedPorts {
  readonly dashboards: Pick<Dashboards, 'body' | 'find'>;
  readonly dashboard: { readonly name: string; readonly region: string };
  /** What the dashboard may draw beside a tenant's models, and where that runs. */
  readonly drawn: { readonly accountId: string; readonly infer: string };
  readonly log: { fault(error: Error, requestId: string): void };
}

/** The deployed dashboard and its numbers, for those who have no console to look at it. */
export const dashboardRoutes = (ports: DashboardPorts) => {
  const kept = new KeptDrawings();
  return new Hono<Api>().get('/dashboard', allow('read'), async (c) => {
    const { caller } = c.var;
    const who = `${caller.tenant} ${seesShared(caller)}`;
    const now = Date.now();
    const make = async (): Promise<Drawing> => {
      const failures: unknown[] = [];
      const drawing = await drawingFor(ports, caller, now, (error) => failures.push(error));
      for (const error of failures) {
        kept.forget(who);
        ports.log.fault(error instanceof Error ? error : new Error(String(error)), c.env.requestId);
      }
      return drawing;
    };
    return c.json(await kept.get(who, now, make));
  });
};

const seesShared = ({ roles }: Person): boolean => may(roles, 'read-shared');

async function drawingFor(
  ports: DashboardPorts,
  caller: Person,
  now: number,
  failed: (error: unknown) => void,
): Promise<Drawing> {
  const { dashboards, dashboard, drawn } = ports;
  const { tenant } = caller;
  try {
    const definition = await definitionOf(ports);
    const whose = { ...dashboard, tenant, infer: drawn.infer, seesShared: seesShared(caller) };
    return await draw(
      definition,
      { ...whose, from: now - definition.spanMs, to: now },
      {
        find: (question) => dashboards.find(question),
        adoption: () => servedModels(ports, tenant, now),
        failed: (title, error) => {
          if (error instanceof Throttled) throw error;
          failed(new Error(`the widget ${title} could not be drawn`, { cause: error }));
        },
      },
    );
  } catch (error) {
    if (!(error instanceof Throttled)) throw error;
    throw new Refused(503, `${error.message}; ask again in ${RETRY_AFTER_SECONDS} s`, {
      headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
    });
  }
}

async function definitionOf({ dashboards, dashboard, drawn }: DashboardPorts): Promise<Definition> {
  const { name, region } = dashboard;
  const body = await dashboards.body(name);
  const definition =
    body === undefined ? undefined : readDefinition(body, { region, accountId: drawn.accountId });
  if (definition) return definition;
  const got = body === undefined ? 'no dashboard' : 'a body that cannot be read';
  throw new Refused(
    409,
    `the dashboard ${name}: got ${got}, expected the one that the stack deploys; an operator deletes what is left of it and deploys the stack again`,
  );
}
