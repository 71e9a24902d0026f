import { expect, test } from 'bun:test';
import { createAdmission, type Priority } from './admission.ts';

/** Fills it with work that does not end; returns the number at which each priority was rejected. */
async function fill(admission: ReturnType<typeof createAdmission>, priority: Priority): Promise<number> {
  for (let count = 0; ; count += 1) {
    const refused = admission.run(priority, () => new Promise(() => {})).catch((error: unknown) => error);
    const outcome = await Promise.race([refused, Promise.resolve().then(() => null)]);
    const error = outcome ?? (await Promise.race([refused, Bun.sleep(1).then(() => null)]));
    if (error) {
      expect(error).toMatchObject({ status: 503, code: 'overloaded', retryAfterSeconds: 1 });
      return count;
    }
  }
}

test('emotions leave room for transactions and analyses, those for acceptances', async () => {
  const admission = createAdmission(100);
  expect(await fill(admission, 'low')).toBe(60);
  expect(await fill(admission, 'normal')).toBe(20);
  expect(await fill(admission, 'high')).toBe(20);
});

test('work that has ended, well or not, gives its place back', async () => {
  const admission = createAdmission(1);
  for (let turn = 0; turn < 10; turn += 1) {
    expect(await admission.run('high', async () => turn)).toBe(turn);
    await expect(admission.run('high', () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  }
});

test('a slot that was entered is held until its release, which works once', () => {
  const admission = createAdmission(2);
  const isRejected = (work: () => unknown) => {
    try {
      work();
      return false;
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  const releases = [admission.enter('high'), admission.enter('high')];
  expect(isRejected(() => admission.enter('high'))).toBe('overloaded');
  expect(isRejected(() => admission.requireRoom('high'))).toBe('overloaded');
  releases[0]?.();
  releases[0]?.();
  expect(isRejected(() => admission.requireRoom('high'))).toBe(false);
  releases.push(admission.enter('high'));
  expect(isRejected(() => admission.enter('high'))).toBe('overloaded');
});
