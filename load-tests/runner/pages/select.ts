const NOTHING = ':not(*)';

/** Calls the library; as in k6, a selector that cannot be read matches nothing. */
export function select<Test, Result>(tests: Test[], call: (...tests: Test[]) => Result): Result {
  try {
    return call(...tests);
  } catch (error) {
    if (!tests.some((test) => typeof test === 'string')) throw error;
    return call(...tests.map((test) => (typeof test === 'string' ? (NOTHING as Test) : test)));
  }
}
