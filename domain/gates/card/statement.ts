import type { Json } from '#domain/gates/verdict.ts';
import { subjectPath } from '#domain/registry/subject.ts';
import type { Statement } from '#domain/signing/statement.ts';
import type { Card } from './card.ts';

/** https://github.com/in-toto/attestation/blob/main/spec/predicates/cyclonedx.md */
export const BOM_PREDICATE = 'https://cyclonedx.org/bom';
/** in-toto knows no model cards; the version is that of the card's schema. */
export const CARD_PREDICATE = 'urn:assay:model-card:v1';

/** A card, or a bill of materials, of the version that a card is about. */
export const descriptionStatement = (
  card: Card,
  predicateType: typeof BOM_PREDICATE | typeof CARD_PREDICATE,
  document: Json,
): Statement => ({
  name: subjectPath(card),
  digest: card.digest,
  predicateType,
  predicate: document as Readonly<Record<string, unknown>>,
});
