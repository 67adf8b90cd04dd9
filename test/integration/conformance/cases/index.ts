/** All areas. */
import { applyArea } from "./apply";
import { create } from "./create";
import { kubectlReads } from "./kubectl-read";
import { kubectlWrites } from "./kubectl-write";
import { patch } from "./patch";
import { read } from "./read";
import { update } from "./update";
import { watch } from "./watch";

export const areas = [create, read, watch, update, patch, applyArea, kubectlReads, kubectlWrites] as const;
