import { escapeHtml } from '#domain/gates/card/escape-html.ts';

/** HTML. Only `html` makes it, which escapes whatever is put into it. */
export interface Markup {
  readonly markup: string;
}

type Part = Markup | string | number | undefined | readonly Part[];

/** The template's own text as it is, and its values escaped, in elements as in quoted attributes. */
export const html = (texts: TemplateStringsArray, ...parts: readonly Part[]): Markup => ({
  markup: texts.map((text, i) => text + shown(parts[i])).join(''),
});

function shown(part: Part): string {
  if (part === undefined) return '';
  if (typeof part === 'string') return escaped(part);
  if (typeof part === 'number') return String(part);
  return 'markup' in part ? part.markup : part.map(shown).join('');
}

/** Controls, marks that turn the reading direction, and halves of characters. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}]/gu;

const escaped = (text: string): string =>
  escapeHtml(text.replace(/[\t\n\r]+/g, ' ').replace(HIDDEN, '\ufffd'));
