import type { Markup } from './markup.ts';

/** Text and marks have a contrast of at least 4.5 to what is behind them, in light and in dark. */
export const STYLE: Markup = {
  markup: `
:root{--back:#fff;--card:#f6f7f9;--line:#d8dce2;--text:#1b2129;--dim:#57606c;--mark:#0b5fc0;--ref:#b4bcc8;
--stable:#13683a;--unknown:#57606c;--warn:#835600;--retrain:#a04100;--page:#b3201d;--critical:#7d0f3c;
--h0:#eef2f6;--h1:#dfe9f5;--h2:#fde2a9;--h3:#f8b98a;--h4:#ef8d85}
@media (prefers-color-scheme:dark){:root{--back:#14181d;--card:#1d232a;--line:#343c47;--text:#e4e8ee;--dim:#a0abb9;--mark:#6cb0ff;--ref:#647184;
--stable:#6fd39b;--unknown:#a0abb9;--warn:#f0c060;--retrain:#ffa566;--page:#ff8f89;--critical:#ff93c0;
--h0:#1f262e;--h1:#22354a;--h2:#5c4610;--h3:#74401a;--h4:#86302d}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem;max-width:76rem;background:var(--back);color:var(--text);font:15px/1.5 system-ui,sans-serif}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .25rem;overflow-wrap:anywhere}
h2{font-size:1.15rem;margin:2.25rem 0 .5rem}
p{margin:.25rem 0}
small,i{color:var(--dim);font-style:normal;font-size:.85em}
code{font:.85em ui-monospace,monospace;overflow-wrap:anywhere}
header p,footer,.key{color:var(--dim)}
footer{margin-top:2.5rem;border-top:1px solid var(--line);padding-top:.75rem;font-size:.87em}
nav{margin:.5rem 0 0}nav a{color:var(--mark);margin-right:1rem}
.verdict{margin:1rem 0;padding:.75rem 1rem;border-left:6px solid var(--tone);background:var(--card);border-radius:0 6px 6px 0}
.verdict strong{color:var(--tone);font-size:1.15rem}
.tag{display:inline-block;padding:0 .45em;border:1px solid currentColor;border-radius:4px;color:var(--tone);font-size:.8em;line-height:1.5;white-space:nowrap}
.stable{--tone:var(--stable)}.unknown{--tone:var(--unknown)}.warn{--tone:var(--warn)}.retrain{--tone:var(--retrain)}.page{--tone:var(--page)}.critical{--tone:var(--critical)}
.wide{overflow-x:auto}
.wide:focus-visible,summary:focus-visible,a:focus-visible{outline:2px solid var(--mark);outline-offset:2px}
table{border-collapse:collapse;margin:.5rem 0 1rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--dim);padding:.25rem 0}
th,td{padding:.25rem .7rem .25rem 0;text-align:right;vertical-align:top;border-bottom:1px solid var(--line)}
th:first-child,caption,.words th,.words td{text-align:left}
th{font-weight:600}tbody th{font-weight:400;overflow-wrap:anywhere;min-width:9rem}
thead th{color:var(--dim);font-size:.87em;vertical-align:bottom}
td i{display:block;white-space:nowrap}
.heat td{padding:.1rem .2rem;min-width:2.1rem;text-align:center;font-size:.78em;border:1px solid var(--back)}
.heat thead th{padding:.1rem;text-align:center}.heat thead th:first-child{text-align:left}
.heat thead span{writing-mode:vertical-rl;transform:rotate(180deg);font-weight:400;white-space:nowrap}
.heat tbody th{border:0;padding-block:.1rem;white-space:nowrap}
.heat th:first-child{position:sticky;left:0;background:var(--back)}
.h0{background:var(--h0)}.h1{background:var(--h1)}.h2{background:var(--h2)}.h3{background:var(--h3)}.h4{background:var(--h4)}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(17rem,1fr));gap:.75rem;margin:.75rem 0}
figure{margin:0;padding:.7rem .8rem;background:var(--card);border:1px solid var(--line);border-radius:6px;font-size:.87em;overflow-wrap:anywhere}
figure svg{display:block;width:100%;height:4.2rem;margin-top:.5rem;border-bottom:1px solid var(--line)}
path.ref{fill:var(--ref)}path.cur{fill:var(--mark)}
.ends{display:flex;justify-content:space-between;gap:1rem;color:var(--dim);font-size:.9em;margin:0}
.key span{display:inline-block;width:.9em;height:.9em;vertical-align:-.1em;margin-left:.4em}.key .ref{background:var(--ref)}.key .cur{background:var(--mark)}
summary{cursor:pointer;padding:.25rem 0}
dl{display:flex;flex-wrap:wrap;gap:.75rem 2.5rem;margin:.5rem 0}dl div{min-width:7rem}dt{color:var(--dim)}dd{margin:0;font-size:1.15rem}dd small{display:block;font-size:.75em}
@media print{body{max-width:none}figure{break-inside:avoid}}
`,
};
