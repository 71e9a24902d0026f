/**
 * The compiler beside other tests, for half the processor that it takes by itself: each thread more checks common
 * types once more, and garbage that is collected late costs memory alone.
 */
export const COMPILER_OPTIONS = ['--singleThreaded'];
export const COMPILER_ENV = { ...process.env, GOGC: '400' };
