/** Styles go into the bundle's style sheet. */
declare module '*.css';
