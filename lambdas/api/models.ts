import { Hono } from 'hono';
import { type ModelRegistry, modelIndexKey } from '#aws/model-registry.ts';
import { modelKey } from '#domain/registry/keys.ts';
import { ModelName } from '#domain/registry/subject.ts';
import { type Api, allow } from './caller.ts';
import { decodeCursor, PageQuery, pageOf, startKeyOf } from './cursor.ts';
import { readQuery } from './input.ts';
import { notFound } from './problem.ts';
import { summaryOf } from './version-view.ts';

const PAGE = 50;

export interface ModelPorts {
  readonly registry: Pick<ModelRegistry, 'model' | 'models' | 'versions'>;
}

/** Lists a tenant's models, and a model's versions in semver order. */
export const modelRoutes = ({ registry }: ModelPorts) =>
  new Hono<Api>()
    .get('/models', allow('read'), async (c) => {
      const { tenant } = c.var.caller;
      const start = decodeCursor(
        startKeyOf(modelIndexKey(tenant), modelKey({ tenant, model: '' })),
        readQuery(c.req, PageQuery).cursor,
      );
      const page = await registry.models(tenant, PAGE, start);
      const items = page.items.map(({ model, champion, latest, lastOrdinal }) => ({
        model,
        champion,
        latest,
        versions: lastOrdinal,
      }));
      return c.json(pageOf(items, page.next));
    })
    .get('/models/:model/versions', allow('read'), async (c) => {
      const name = ModelName.safeParse(c.req.param('model'));
      const model = { tenant: c.var.caller.tenant, model: name.data ?? '' };
      if (!name.success || !(await registry.model(model))) throw notFound('such model');
      return c.json({ items: (await registry.versions(model)).map(summaryOf) });
    });
