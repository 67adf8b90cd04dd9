import { expect, test } from "vitest";
import { Refusals, RefusedError } from "../../../provider/plugin/refusals";
import { FakeClock } from "../../fakes/clock";

const urnOf = (name: string) => `urn:pulumi:dev::shop::kubevirt:index:VirtualMachine::${name}`;
const [a, b, c] = [urnOf("a"), urnOf("b"), urnOf("c")];

function open() {
  const clock = new FakeClock();
  return { clock, refusals: new Refusals({ clock }) };
}

/** What a step says when it is refused, once it is. */
function said(step: Promise<void>): { words: string | undefined } {
  const answer: { words: string | undefined } = { words: undefined };
  step.then(
    () => {
      answer.words = "";
    },
    (error: Error) => {
      answer.words = error.message;
    },
  );
  return answer;
}

test("a sound resource is not refused, nor one that was mended", async () => {
  const { refusals } = open();
  refusals.note(a, []);
  refusals.note(b, ["spec: wrong"]);
  refusals.note(b, []);
  await refusals.enforceInPreview(a);
  refusals.enforce(b);
  expect([a, b].map((urn) => refusals.has(urn))).toEqual([false, false]);
});

test("outside of a preview a faulty one is refused at once, with its faults alone", () => {
  const { refusals } = open();
  refusals.note(a, ["spec: wrong", "metadata: wrong"]);
  refusals.note(b, ["spec: wrong, too"]);
  expect(() => refusals.enforce(a)).toThrow(new RefusedError(["spec: wrong", "metadata: wrong"]));
  expect(() => refusals.enforce(b)).toThrow("refused: spec: wrong, too");
});

test("a preview waits for the checks of others, and each step that waits tells its own", async () => {
  const { clock, refusals } = open();
  refusals.note(a, ["spec: wrong"]);
  const first = said(refusals.enforceInPreview(a));
  await clock.pass(400);
  refusals.note(b, ["spec: wrong, too"]);
  const second = said(refusals.enforceInPreview(b));
  await clock.pass(400);
  expect([first.words, second.words]).toEqual([undefined, undefined]);
  await clock.pass(100);
  expect([first.words, second.words]).toEqual(["refused: spec: wrong", "refused: spec: wrong, too"]);
});

test("the first tells those whose steps have not begun, and the next does not tell them again", async () => {
  const { clock, refusals } = open();
  refusals.note(a, ["spec: wrong"]);
  const first = said(refusals.enforceInPreview(a));
  refusals.note(b, ["spec: one", "spec: two"]);
  refusals.note(c, ["metadata: three"]);
  const last = said(refusals.enforceInPreview(c));
  await clock.pass(500);
  expect(first.words).toBe("refused:\n  spec: wrong\n  b: spec: one\n  b: spec: two");
  expect(last.words).toBe("refused: metadata: three");
});

test("checks without an end are not waited for without an end", async () => {
  const { clock, refusals } = open();
  refusals.note(a, ["spec: wrong"]);
  const first = said(refusals.enforceInPreview(a));
  for (let time = 0; time < 10_000; time += 400) {
    expect(first.words).toBe(undefined);
    refusals.note(b, []);
    await clock.pass(400);
  }
  expect(first.words).toBe("refused: spec: wrong");
});
