import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochSeconds } from '#domain/gates/dataset/timestamp.ts';

describe('epochSeconds', () => {
  it('agrees with the platform on any moment of four-digit years', () => {
    const moments = fc.date({
      min: new Date('0000-01-01'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(moments, (moment) => {
        expect(epochSeconds(moment.toISOString())).toBeCloseTo(moment.getTime() / 1000, 3);
      }),
    );
  });

  it.each([
    ['2024-02-29', '2024-02-29T00:00:00Z'],
    ['1969-12-31', '1969-12-31T00:00:00Z'],
    ['2024-03-01 12:30', '2024-03-01T12:30:00Z'],
    ['2024-03-01t12:30:15z', '2024-03-01T12:30:15Z'],
    ['2024-03-01T12:30:15', '2024-03-01T12:30:15Z'],
    ['2024-03-01T00:30:00+05:45', '2024-02-29T18:45:00Z'],
    ['2024-03-01T23:30:00-02:00', '2024-03-02T01:30:00Z'],
  ])('reads %s', (text, moment) => {
    expect(epochSeconds(text)).toBe(Date.parse(moment) / 1000);
  });

  it.each([
    '',
    '2023-02-29',
    '2024-13-01',
    '2024-00-10',
    '2024-01-00',
    '2024-01-32',
    '2024-01-01T24:00',
    '2024-01-01T10:60',
    '2024-01-01T10:00:60',
    '2024-01-01T10:00+24:00',
    '2024-01-01T10',
    '01/02/2024',
    '1709251200',
  ])('finds no moment in "%s"', (text) => {
    expect(epochSeconds(text)).toBeUndefined();
  });
});
