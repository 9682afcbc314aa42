import { Hono } from 'hono';
import { routePath } from 'hono/route';
import type { People } from '#aws/people.ts';
import type { VotePorts } from '../access/cast-vote.ts';
import { type ApprovalPorts, approvalRoutes } from './approvals.ts';
import { type Api, callerOf } from './caller.ts';
import { type DashboardPorts, dashboardRoutes } from './dashboard.ts';
import { type DescriptionPorts, descriptionRoutes } from './description.ts';
import { type DownloadPorts, downloadRoutes } from './download.ts';
import { type DriftReportPorts, driftReportRoutes } from './drift-reports.ts';
import { type ExperimentPorts, experimentRoutes } from './experiments.ts';
import { type ModelPorts, modelRoutes } from './models.ts';
import { type MonitoringPorts, monitoringRoutes } from './monitoring.ts';
import { type PolicyPorts, policyRoutes } from './policy.ts';
import { problemResponse, Refused } from './problem.ts';
import { type KeyPorts, keyRoutes } from './public-keys.ts';
import { type ReleasePorts, releaseRoutes } from './releases.ts';
import { type RollbackPorts, rollbackRoutes } from './rollbacks.ts';
import { type RolloutPorts, rolloutRoutes } from './rollouts.ts';
import { type StartPorts, startRoutes } from './start-rollout.ts';
import { type UploadPorts, uploadRoutes } from './uploads.ts';
import { type VersionPorts, versionRoutes } from './version.ts';
import { voteRoutes } from './votes.ts';
import { whoamiRoutes } from './whoami.ts';

const BASE = '/governance';

/** What is logged of a request: who asked for what, and how it was answered. */
export interface Decided {
  readonly method: string;
  /** The pattern that matched, without anybody's values. */
  readonly route: string;
  readonly status: number;
  /** Absent when the caller is nobody. */
  readonly tenant?: string;
  readonly person?: string;
  readonly requestId: string;
}

export type ApiPorts = { readonly people: Pick<People, 'of' | 'map'> } & UploadPorts &
  ReleasePorts &
  ModelPorts &
  VersionPorts &
  DescriptionPorts &
  DownloadPorts &
  ApprovalPorts &
  VotePorts &
  PolicyPorts &
  RolloutPorts &
  StartPorts &
  RollbackPorts &
  ExperimentPorts &
  MonitoringPorts &
  DashboardPorts &
  DriftReportPorts &
  KeyPorts & {
    readonly log: {
      decided(line: Decided): void;
      fault(error: Error, requestId: string): void;
    };
  };

/** The governance API: everything it answers is about the caller's own tenant. */
export function governanceApi(ports: ApiPorts): Hono<Api> {
  const app = new Hono<Api>();
  app.use(async (c, next) => {
    await next();
    c.header('cache-control', 'no-store');
    const caller = c.var.caller as Api['Variables']['caller'] | undefined;
    ports.log.decided({
      method: c.req.method,
      route: routePath(c, -1),
      status: c.res.status,
      ...(caller && { tenant: caller.tenant, person: caller.id }),
      requestId: c.env.requestId,
    });
  });
  app.use(async (c, next) => {
    c.set('caller', await callerOf(ports.people, c.env.claims));
    await next();
  });
  app.route(BASE, uploadRoutes(ports));
  app.route(BASE, releaseRoutes(ports));
  app.route(BASE, modelRoutes(ports));
  app.route(BASE, versionRoutes(ports));
  app.route(BASE, descriptionRoutes(ports));
  app.route(BASE, downloadRoutes(ports));
  app.route(BASE, approvalRoutes(ports));
  app.route(BASE, voteRoutes(ports));
  app.route(BASE, policyRoutes(ports));
  app.route(BASE, rolloutRoutes(ports));
  app.route(BASE, startRoutes(ports));
  app.route(BASE, rollbackRoutes(ports));
  app.route(BASE, experimentRoutes(ports));
  app.route(BASE, monitoringRoutes(ports));
  app.route(BASE, dashboardRoutes(ports));
  app.route(BASE, driftReportRoutes(ports));
  app.route(BASE, keyRoutes(ports));
  app.route(BASE, whoamiRoutes());
  refuseOtherMethods(app);
  app.notFound((c) => problemResponse({ status: 404, detail: `nothing is at ${c.req.path}` }));
  app.onError((error, c) => {
    if (error instanceof Refused) {
      const { status, message: detail, problems, headers } = error;
      return problemResponse({ status, detail, problems, headers });
    }
    const { requestId } = c.env;
    ports.log.fault(error, requestId);
    return problemResponse({
      status: 500,
      detail: `request ${requestId} met a fault of ours; send it again, and if it faults again, give its id to an operator`,
    });
  });
  return app;
}

/** A path that is known answers other methods by 405; the router alone would say 404. */
function refuseOtherMethods(app: Hono<Api>): void {
  const known = app.routes.filter(({ method }) => method !== 'ALL');
  for (const path of new Set(known.map((route) => route.path))) {
    const methods = new Set(
      known.filter((route) => route.path === path).map(({ method }) => method),
    );
    // The router answers HEAD by GET's headers.
    if (methods.has('GET')) methods.add('HEAD');
    const allow = [...methods].join(', ');
    app.all(path, (c) => {
      throw new Refused(405, `got ${c.req.method}, expected ${allow}`, { headers: { allow } });
    });
  }
}
