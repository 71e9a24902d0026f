/** The version in package.json, which every request says. */
export const VERSION = '0.1.0';
