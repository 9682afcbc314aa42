import { rolesFor } from '#domain/access/person.ts';
import type { Asked } from './asked.ts';
import type { Definition, GraphWidget, Widget } from './definition.ts';
import type { Adoption, Drawing, DrawnWidget } from './drawing.ts';
import { isShared, ofTenant, type Whose } from './of-tenant.ts';
import { type Answer, type Found, panelsOf } from './panels.ts';
import { periodOf, type Question, questionsOf, thinned } from './question.ts';

/** The log widget in whose place is what routes say: versions are no dimension of any metric. */
export const ADOPTION_TITLE = 'model_version_adoption';

export interface DrawFor extends Whose {
  readonly name: string;
  readonly region: string;
  readonly from: number;
  readonly to: number;
  /** Whether who asks may see what counts all tenants together. */
  readonly seesShared: boolean;
}

export interface DrawPorts {
  /** Answers in the order of what is asked. */
  find(question: Question): Promise<readonly Found[]>;
  adoption(): Promise<Adoption>;
  /** Hears why a widget could not be drawn. What it throws ends the whole drawing. */
  failed(title: string, error: unknown): void;
}

/** Every widget with the numbers that are the tenant's to see; one that fails hides no other. */
export async function draw(
  { widgets }: Definition,
  { infer, seesShared, ...whose }: DrawFor,
  ports: DrawPorts,
): Promise<Drawing> {
  const drawn = await Promise.all(
    widgets.map((widget) => drawWidget(widget, { infer, seesShared, ...whose }, ports)),
  );
  const own = drawn.filter((widget) => widget !== undefined);
  return { ...whose, widgets: own, left: drawn.length - own.length };
}

async function drawWidget(
  widget: Widget,
  whose: DrawFor,
  ports: DrawPorts,
): Promise<DrawnWidget | undefined> {
  try {
    if (widget.kind === 'graph') return await drawGraph(widget, whose, ports);
    if (widget.kind === 'other' || widget.title !== ADOPTION_TITLE) return undefined;
    return { title: widget.title, panels: [], notes: [], adoption: await ports.adoption() };
  } catch (error) {
    if (widget.kind === 'other') throw error;
    ports.failed(widget.title, error);
    return { title: widget.title, panels: [], notes: [FAILED] };
  }
}

const FAILED =
  'It could not be drawn: what it asks for was refused or came broken. Ask again; if it stays so, an operator finds the reason in the log of ServeApi.';

async function drawGraph(
  widget: GraphWidget,
  whose: DrawFor,
  { find }: DrawPorts,
): Promise<DrawnWidget | undefined> {
  const { title, asked, unread } = widget;
  const mine = asked.flatMap((one) => ofTenant(one, whose) ?? []);
  if (mine.length === 0) return undefined;
  const seen = mine.filter((one) => whose.seesShared || !isShared(one));
  const fitting = seen.map((one) => thinned(one, whose));
  const answers = await answersTo(fitting, whose, find);
  return {
    title,
    panels: panelsOf(widget, answers, whose.tenant),
    notes: [
      ...hiddenNote(mine.length - seen.length),
      ...leftNote(unread + asked.length - mine.length, asked.length + unread),
      ...thinnedNotes(seen, fitting),
      ...saidNote(answers),
    ],
  };
}

async function answersTo(
  asked: readonly Asked[],
  whose: DrawFor,
  find: DrawPorts['find'],
): Promise<Answer[]> {
  const questions = questionsOf(asked, whose);
  const found = await Promise.all(questions.map((question) => find(question)));
  const byAsked = new Map(
    questions.flatMap((question, q) => question.asked.map((one, i) => [one, found[q]?.[i]])),
  );
  return asked.map((one) => ({
    asked: one,
    found: byAsked.get(one) ?? { lines: [], complete: false, said: [] },
  }));
}

const hiddenNote = (hidden: number): string[] =>
  hidden > 0
    ? [
        `${lines(hidden)} of all tenants together, which ${rolesFor('read-shared').join(' and ')} alone may see.`,
      ]
    : [];

const leftNote = (left: number, of: number): string[] =>
  left > 0 ? [`${left} of its ${of} lines are not drawn here.`] : [];

function thinnedNotes(before: readonly Asked[], after: readonly Asked[]): string[] {
  const longer = after.map(periodOf).filter((seconds, i) => {
    const [asked] = before.slice(i);
    return asked && seconds > periodOf(asked);
  });
  const notes = longer.map(
    (seconds) => `A point is of ${seconds / 60} minutes here, so that a line has few enough.`,
  );
  return [...new Set(notes)];
}

function saidNote(answers: readonly Answer[]): string[] {
  const said = new Set(answers.flatMap(({ found }) => found.said));
  return said.size > 0 ? [`Not whole: CloudWatch says ${[...said].join(', ')}.`] : [];
}

const lines = (count: number): string => (count === 1 ? '1 line is' : `${count} lines are`);
