import { html, type Markup } from './markup.ts';
import { STYLE } from './style.ts';

/** A whole page: it asks nothing of any other place, and runs nothing. */
export const page = (title: string, body: Markup, style?: Markup): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${STYLE}${style}</style>
</head>
<body>
${body}
</body>
</html>
`.markup;
