/** An event that a plan wants recorded, as data: the caller writes it. */
export interface PlannedEvent {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}
