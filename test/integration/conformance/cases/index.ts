/** All areas. */
import { applyArea } from "./apply";
import { client } from "./client";
import { core } from "./core";
import { create } from "./create";
import { deletion } from "./delete";
import { discovery } from "./discovery";
import { kubectlReads } from "./kubectl-read";
import { kubectlWrites } from "./kubectl-write";
import { patch } from "./patch";
import { read } from "./read";
import { subresources } from "./subresources";
import { update } from "./update";
import { watch } from "./watch";

export const areas = [
  create,
  read,
  watch,
  update,
  patch,
  applyArea,
  deletion,
  subresources,
  core,
  discovery,
  kubectlReads,
  kubectlWrites,
  client,
] as const;
