/** All areas. */
import { applyArea } from "./apply";
import { create } from "./create";
import { patch } from "./patch";
import { read } from "./read";
import { update } from "./update";
import { watch } from "./watch";

export const areas = [create, read, watch, update, patch, applyArea] as const;
