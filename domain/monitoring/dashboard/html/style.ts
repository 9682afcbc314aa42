import type { Markup } from '#domain/monitoring/report/html/markup.ts';

/** Beside a report's style. Lines have a contrast of at least 4.5, too, and marks besides colours. */
export const CHART_STYLE: Markup = {
  markup: `
:root{--l0:#0b5fc0;--l1:#a63d00;--l2:#13683a;--l3:#8a1fa0;--l4:#7a5200;--l5:#00676f;--l6:#b00d55;--l7:#3d4550}
@media (prefers-color-scheme:dark){:root{--l0:#6cb0ff;--l1:#ff9a5c;--l2:#6fd39b;--l3:#dd9bff;--l4:#e6c54f;--l5:#56d4dd;--l6:#ff8fb8;--l7:#cbd3de}}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(25rem,100%),1fr));gap:.75rem;margin:.5rem 0}
.plot{display:grid;grid-template-columns:max-content 1fr;margin-top:.8rem;font-variant-numeric:tabular-nums}
.plot ol{list-style:none;margin:0;padding:0;color:var(--dim);font-size:.9em}
.ys{display:flex;flex-direction:column;justify-content:space-between;text-align:right}
.ys li{height:0;line-height:0;padding-right:.5rem}
.area{position:relative}
.plot .xs{grid-column:2;position:relative;height:1.5em;margin-top:.45rem}
.xs li{position:absolute;transform:translateX(-50%);white-space:nowrap}
figure .plot svg{height:11rem;margin:0;border:0;overflow:visible}
.plot path,.swatch path{fill:none;vector-effect:non-scaling-stroke}
.rule{stroke:var(--line);stroke-width:1}
.mark{stroke:var(--text);stroke-width:1.5;stroke-dasharray:2 3}
.said{position:absolute;right:.1rem;transform:translateY(-100%);padding:0 .25rem;font-size:.9em;background:var(--card)}
.line{stroke:var(--at);stroke-width:1.75;stroke-linejoin:round}
.line.rest{stroke-width:1}.line.dense{stroke-width:1.4}
.mk{stroke:var(--at);stroke-width:2}
.mk.s0,.mk.s1,.mk.hole,.mk.rest{stroke-linecap:round}
.mk.s0{stroke-width:6}.mk.s1{stroke-width:7.5}.mk.hole{stroke:var(--card);stroke-width:3.5}.mk.rest{stroke-width:3}
.rest{--at:var(--dim)}
.l0{--at:var(--l0)}.l1{--at:var(--l1)}.l2{--at:var(--l2)}.l3{--at:var(--l3)}.l4{--at:var(--l4)}.l5{--at:var(--l5)}.l6{--at:var(--l6)}.l7{--at:var(--l7)}
.lines{display:flex;flex-wrap:wrap;gap:.1rem 1.1rem;list-style:none;margin:.5rem 0 0;padding:0}
figure svg.swatch{display:inline-block;width:28px;height:10px;margin:0 .4rem 0 0;border:0;vertical-align:middle}
.none{padding:.4rem 0 0;color:var(--dim)}
.words td{white-space:nowrap}
`,
};
