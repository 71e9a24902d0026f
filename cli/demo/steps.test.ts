import { expect, test } from 'bun:test';
import { screenOf } from '../../tests/harness/screen.ts';
import { createSteps } from './steps.ts';

test.each([40, 80, 200])(
  'a terminal of %d columns shows each step once, and notes within them',
  async (columns) => {
    let output = '';
    const write = (text: string) => Boolean((output += text));
    const steps = createSteps({ isTTY: true, columns, write });
    steps.note('four weeks of purchases with 1,234,567 events and then a month without any of them');
    await steps.run('registered and logged in as someone.with.a.long.name@example.com', async () => {});
    const shown = screenOf(output, columns);
    expect(shown.join('').match(/registered/g)).toHaveLength(1);
    expect(shown.join('')).toContain('1,234,567');
    expect(shown.filter((line) => line.length > columns)).toEqual([]);
  },
);
