/** Whether somebody has asked for an object's removal: it goes when its finalizers have. */
export function isDeleting(object: {
  readonly metadata: { readonly deletionTimestamp?: string | null | undefined };
}): boolean {
  return (object.metadata.deletionTimestamp ?? "") !== "";
}
