import type { Drawing, Line, Panel } from '#domain/monitoring/dashboard/drawing.ts';

export const HOUR = 3_600_000;
export const TO = Date.parse('2026-11-21T22:40:00.000Z');
export const FROM = TO - 48 * HOUR;

export const line = (label: string, ...values: number[]): Line => ({
  label,
  points: values.map((value, i) => [FROM + (i + 1) * HOUR, value]),
});

export const panel = (more: Partial<Panel> = {}): Panel => ({
  name: 'inputs',
  unit: 'ratio to what warns',
  marks: [],
  lines: [line('iris', 0.2, 0.4), line('wine', 0.1)],
  without: [],
  unnamed: 0,
  shared: false,
  incomplete: false,
  ...more,
});

export const drawing = (panels: readonly Panel[], more: Partial<Drawing> = {}): Drawing => ({
  name: 'Assay',
  region: 'eu-west-1',
  tenant: 'acme',
  from: FROM,
  to: TO,
  widgets: [{ title: 'data_drift_scores', panels: [...panels], notes: [] }],
  left: 0,
  ...more,
});
