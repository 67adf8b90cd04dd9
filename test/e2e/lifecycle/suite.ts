/**
 * Pulumi's verbs to the letter: what a program in either form may expect of its machines, through the real CLI, wherever
 * they run. The tests of a part go on from one another, as the session of a person does; each part begins and ends with
 * nothing.
 */
import { afterAll, beforeAll, describe } from "vitest";
import { removeTemplate } from "../support/pulumi-project.ts";
import { changes } from "./changes.ts";
import { failures } from "./failures.ts";
import { forms } from "./form.ts";
import { options } from "./options.ts";
import { ownership } from "./ownership.ts";
import type { Place } from "./place.ts";
import { Stack } from "./stack.ts";

const parts = { ownership, changes, options, failures } as const;

/** `open` is called once, and `close` when all is over, also where `open` came to nothing. */
export function lifecycleSuite(open: () => Promise<Place>, close: () => Promise<void>): void {
  let place: Place;

  beforeAll(async () => {
    place = await open();
  });
  afterAll(async () => {
    await close();
    await removeTemplate();
  });

  describe.each(forms)("$name", (form) => {
    let stack: Stack;

    beforeAll(async () => {
      stack = await Stack.open(form, place);
    });
    afterAll(async () => {
      await stack?.remove();
    });

    describe.each(Object.entries(parts))("%s", (_name, part) => {
      part(() => stack, form);
    });
  });
}
