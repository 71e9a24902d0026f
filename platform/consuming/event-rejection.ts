/** A rejected event, by its index in the batch; it becomes a dead letter, or is dropped. */
export interface EventRejection {
  index: number;
  code: string;
  message: string;
  /** Whether it is only counted, by its code, since its content may not be kept. */
  isDropped?: boolean;
}
