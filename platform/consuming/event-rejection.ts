/** An event that its service rejects, by its place in the batch; it becomes a dead letter. */
export interface EventRejection {
  index: number;
  code: string;
  message: string;
}
