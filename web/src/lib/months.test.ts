import { expect, it } from 'vitest';
import { monthAt, monthMarks, yearTicks } from './months';
import { layoutRows } from './rows';

const rows = layoutRows(Array.from({ length: 100 }, () => 1000), 1000, 100, 0);  // ten squares a row
const marks = monthMarks([{ month: '2024-02', count: 25 }, { month: '2023-12', count: 40 }, { month: '2021-01', count: 35 }], rows);

it('finds the first photo and height of each month', () => {
  expect(marks).toEqual([
    { month: '2024-02', index: 0, top: 0 },
    { month: '2023-12', index: 25, top: 200 },
    { month: '2021-01', index: 65, top: 600 },
  ]);
});

it.each([[0, '2024-02'], [199, '2024-02'], [200, '2023-12'], [5000, '2021-01']])('at %i px it is %s', (y, month) =>
  expect(monthAt(marks, y)!.month).toBe(month));

it('writes years apart from each other', () => {
  expect(yearTicks(marks, 1000, 500, 10)).toEqual([{ year: '2024', at: 0 }, { year: '2023', at: 100 }, { year: '2021', at: 300 }]);
  expect(yearTicks(marks, 1000, 500, 150).map((tick) => tick.year)).toEqual(['2024', '2021']);
});
