import { expect, it } from 'vitest';
import { productionStacks } from '../support/stacks.ts';

/** What a rule may put into a text as it is: names, ids, times, and lines made for it. */
const PLAIN = [
  '$.detail.subject',
  '$.detail.time',
  '$.detail.data.approval',
  '$.detail.data.reasonLine',
];

interface Told {
  readonly id: string;
  readonly transformer: {
    readonly InputPathsMap: Readonly<Record<string, string>>;
    readonly InputTemplate: string;
  };
}

const told = (): Told[] =>
  Object.entries(productionStacks().assay.findResources('AWS::Events::Rule')).flatMap(
    ([id, { Properties }]) =>
      Properties.Targets.flatMap(({ InputTransformer }: Record<string, unknown>) =>
        InputTransformer === undefined ? [] : [{ id, transformer: InputTransformer }],
      ),
  );

it('tells people of approvals, questions, promotions and rollbacks', () => {
  expect(told().map(({ id }) => id.replace(/[0-9A-F]{8}$/, ''))).toEqual([
    'EventsApprovalRequested',
    'EventsRolloutAsked',
    'NoticesPromotion',
    'NoticesRollback',
  ]);
});

it("puts nobody's own words into a text: EventBridge does not escape them", () => {
  for (const { id, transformer } of told()) {
    for (const path of Object.values(transformer.InputPathsMap)) {
      expect(PLAIN, id).toContain(path);
    }
  }
});

it('needs no escaping in the text itself', () => {
  for (const { id, transformer } of told()) {
    expect(transformer.InputTemplate, id).toMatch(/^"[^"\\\p{Cc}]+"$/u);
  }
});
