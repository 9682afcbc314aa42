import type { Component } from '#domain/gates/dependencies/component.ts';
import { mlBom } from '#domain/gates/dependencies/ml-bom.ts';
import type { Json } from '#domain/gates/verdict.ts';
import type { Card } from './card.ts';

/** The CycloneDX bill of materials of the version that a card is about, with the card in it. */
export const bomOf = (card: Card, components: readonly Component[], toolVersion: string): Json =>
  mlBom({
    subject: { tenant: card.tenant, model: card.model, version: card.version },
    digest: card.digest,
    registeredAt: card.registeredAt,
    ...(card.description === undefined ? {} : { description: card.description }),
    toolVersion,
    components,
    card: {
      ...(card.task === undefined ? {} : { approach: 'supervised' as const, task: card.task }),
      ...(card.lineage?.config ? { architecture: card.lineage.config.algorithm } : {}),
      format: card.format,
      datasets: card.datasets,
      inputs: card.io.inputs,
      outputs: card.io.outputs,
      metrics: card.metrics,
      ...(card.risk === undefined ? {} : { risk: card.risk }),
    },
  });
