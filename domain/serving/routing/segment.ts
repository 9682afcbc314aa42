import * as z from 'zod/mini';

export const ATTRIBUTE_TYPES = ['string', 'number', 'boolean'] as const;
export type AttributeType = (typeof ATTRIBUTE_TYPES)[number];

export type AttributeValue = string | number | boolean;
export type Attributes = Readonly<Record<string, AttributeValue>>;

export const AttributeName = z.string().check(
  z.regex(/^[a-z][a-z0-9_]{0,39}$/, {
    error: 'an attribute name: 1 to 40 of a-z, 0-9 and _, a letter first',
  }),
);

/** Nesting and nodes of one segment: enough for any rule people can read. */
export const MAX_DEPTH = 8;
export const MAX_NODES = 64;

const Value = z.union([z.string().check(z.maxLength(100)), z.number(), z.boolean()]);

const Nodes = z.lazy(() => z.array(Node).check(z.minLength(1), z.maxLength(MAX_NODES)));

const Compared = { attribute: AttributeName, value: z.number() };

/** Who belongs to a segment. A tree of data: nothing in it is ever executed. */
export type Segment =
  | { readonly op: 'eq'; readonly attribute: string; readonly value: AttributeValue }
  | { readonly op: 'in'; readonly attribute: string; readonly values: readonly AttributeValue[] }
  | { readonly op: 'prefix'; readonly attribute: string; readonly value: string }
  | { readonly op: 'lt' | 'lte' | 'gt' | 'gte'; readonly attribute: string; readonly value: number }
  /** Both ends belong to it. */
  | {
      readonly op: 'between';
      readonly attribute: string;
      readonly from: number;
      readonly to: number;
    }
  | { readonly op: 'and'; readonly of: readonly Segment[] }
  | { readonly op: 'or'; readonly of: readonly Segment[] }
  | { readonly op: 'not'; readonly of: Segment };

/** A segment that asks for one attribute. */
export type Condition = Exclude<Segment, { readonly op: 'and' | 'or' | 'not' }>;

const Node: z.ZodMiniType<Segment> = z.lazy(() =>
  z.discriminatedUnion('op', [
    z.strictObject({ op: z.literal('eq'), attribute: AttributeName, value: Value }),
    z.strictObject({
      op: z.literal('in'),
      attribute: AttributeName,
      values: z.array(Value).check(z.minLength(1), z.maxLength(50)),
    }),
    z.strictObject({
      op: z.literal('prefix'),
      attribute: AttributeName,
      value: z.string().check(z.minLength(1), z.maxLength(100)),
    }),
    z.strictObject({ op: z.enum(['lt', 'lte', 'gt', 'gte']), ...Compared }),
    z
      .strictObject({
        op: z.literal('between'),
        attribute: AttributeName,
        from: z.number(),
        to: z.number(),
      })
      .check(
        z.refine(({ from, to }) => from <= to, {
          path: ['to'],
          error: 'a number that is not below `from`',
        }),
      ),
    z.strictObject({ op: z.literal('and'), of: Nodes }),
    z.strictObject({ op: z.literal('or'), of: Nodes }),
    z.strictObject({ op: z.literal('not'), of: Node }),
  ]),
);

export const Segment = Node.check(
  z.refine((segment) => measured(segment).depth <= MAX_DEPTH, {
    error: `a segment nested at most ${MAX_DEPTH} deep`,
  }),
  z.refine((segment) => measured(segment).nodes <= MAX_NODES, {
    error: `a segment of at most ${MAX_NODES} conditions`,
  }),
);

function measured(segment: Segment): { readonly depth: number; readonly nodes: number } {
  const below = childrenOf(segment).map(measured);
  return {
    depth: 1 + Math.max(0, ...below.map(({ depth }) => depth)),
    nodes: 1 + below.reduce((sum, { nodes }) => sum + nodes, 0),
  };
}

function childrenOf(segment: Segment): readonly Segment[] {
  if (segment.op === 'not') return [segment.of];
  return segment.op === 'and' || segment.op === 'or' ? segment.of : [];
}

/** A condition that the declared attributes cannot bear, and where it stands. */
export interface Misfit {
  readonly path: readonly (string | number)[];
  readonly error: string;
}

/** Conditions on attributes that are not declared, or declared of another type. */
export function misfits(
  segment: Segment,
  types: Readonly<Record<string, AttributeType>>,
  path: readonly (string | number)[] = [],
): readonly Misfit[] {
  if (segment.op === 'not') return misfits(segment.of, types, [...path, 'of']);
  if (segment.op === 'and' || segment.op === 'or') {
    return segment.of.flatMap((child, i) => misfits(child, types, [...path, 'of', i]));
  }
  const type = Object.hasOwn(types, segment.attribute) ? types[segment.attribute] : undefined;
  if (!type) {
    const known = Object.keys(types).join(', ') || 'none';
    return [{ path: [...path, 'attribute'], error: `a declared attribute (declared: ${known})` }];
  }
  return comparedWith(segment).every((value) => typeof value === type)
    ? []
    : [
        {
          path,
          error: `a comparison with a ${type}, which "${segment.attribute}" is declared to be`,
        },
      ];
}

function comparedWith(segment: Condition): readonly AttributeValue[] {
  if (segment.op === 'in') return segment.values;
  return segment.op === 'between' ? [segment.from, segment.to] : [segment.value];
}
