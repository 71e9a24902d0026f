/** Returns a color of the style in sight, light, dark or of paper: `color('plot-1')`. */
export const color = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
