/** Sent by our own pages alone: the mark of the page's operator, from the session; `page` without one. */
export const PAGE_HEADER = 'x-ecs-console';
