import type { Attributes, AttributeValue, Condition, Segment } from './segment.ts';

/**
 * Whether a request belongs to a segment. A condition on an attribute that the request lacks, or
 * carries with another type, is unknown, and so is its negation (Kleene's three-valued logic); what
 * is unknown in the end does not belong. So `not country = DE` leaves out those without a country.
 */
export const matches = (segment: Segment, attributes: Attributes): boolean =>
  truthOf(segment, attributes) === true;

/** Undefined for unknown. */
type Truth = boolean | undefined;

function truthOf(segment: Segment, attributes: Attributes): Truth {
  switch (segment.op) {
    case 'and':
      return decidedBy(false, segment.of, attributes);
    case 'or':
      return decidedBy(true, segment.of, attributes);
    case 'not': {
      const truth = truthOf(segment.of, attributes);
      return truth === undefined ? undefined : !truth;
    }
    default:
      return Object.hasOwn(attributes, segment.attribute)
        ? compared(segment, attributes[segment.attribute] as AttributeValue)
        : undefined;
  }
}

/** One child with the `decisive` truth decides; else one unknown child leaves it unknown. */
function decidedBy(decisive: boolean, of: readonly Segment[], attributes: Attributes): Truth {
  let all: Truth = !decisive;
  for (const child of of) {
    const truth = truthOf(child, attributes);
    if (truth === decisive) return decisive;
    if (truth === undefined) all = undefined;
  }
  return all;
}

function compared(condition: Condition, got: AttributeValue): Truth {
  switch (condition.op) {
    case 'eq':
      return typeof got === typeof condition.value ? got === condition.value : undefined;
    case 'in':
      return typeof got === typeof condition.values[0] ? condition.values.includes(got) : undefined;
    case 'prefix':
      return typeof got === 'string' ? got.startsWith(condition.value) : undefined;
    default:
      return typeof got === 'number' && !Number.isNaN(got) ? ordered(condition, got) : undefined;
  }
}

function ordered(
  condition: Extract<Condition, { readonly op: 'lt' | 'lte' | 'gt' | 'gte' | 'between' }>,
  got: number,
): boolean {
  switch (condition.op) {
    case 'lt':
      return got < condition.value;
    case 'lte':
      return got <= condition.value;
    case 'gt':
      return got > condition.value;
    case 'gte':
      return got >= condition.value;
    case 'between':
      return condition.from <= got && got <= condition.to;
  }
}
