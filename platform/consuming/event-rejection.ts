/** An event that its service rejects, by its place in the batch; it becomes a dead letter, or is dropped. */
export interface EventRejection {
  index: number;
  code: string;
  message: string;
  /** Nobody may see it again: it is counted by its code, and that is all. */
  isDropped?: boolean;
}
