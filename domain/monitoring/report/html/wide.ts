import { html, type Markup } from './markup.ts';

/** What is wider than a small screen scrolls by itself, with the keyboard, too. */
export const wide = (label: string, table: Markup): Markup =>
  html`<div class="wide" role="region" aria-label="${label}" tabindex="0">${table}</div>`;
