/** The anchor of a heading of docs/failure-modes.md, as GitHub makes it. */
export const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');

/** The address of a heading, below /console. */
export const failureModePath = (heading: string): string => `/failure-modes#${anchorOf(heading)}`;
