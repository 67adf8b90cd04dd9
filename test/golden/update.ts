/** Whether expected files may be rewritten: when somebody asks for it, and never where changes go unseen. */
export function mayUpdate(): boolean {
  if (process.env.GOLDEN_UPDATE === undefined) return false;
  if (process.env.CI !== undefined) throw new Error("GOLDEN_UPDATE is set, but expected files are never written in CI");
  return true;
}
