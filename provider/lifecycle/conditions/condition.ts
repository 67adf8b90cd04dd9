/** What a wait may find when it looks at an object. */
export type Verdict =
  | { readonly kind: "met" }
  /** `what` is the one thing that is waited for, as words that follow "waiting: ". */
  | { readonly kind: "waiting"; readonly what: string }
  /** It will not become true without someone doing something. */
  | { readonly kind: "failed"; readonly reason: string };

/** Judges an object (undefined: there is none) at a time in milliseconds since the epoch. */
export type Condition<T> = (object: T | undefined, now: number) => Verdict;
