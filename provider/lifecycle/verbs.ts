/**
 * Pulumi's verbs for the objects of one kind, whichever form of the provider carries them: plain JSON in and out, in which
 * a preview's unknown values are the marker. Reads and writes through a connection that is made on first use.
 */
import { kindByName } from "../api/v1alpha1/kinds";
import { resourceOf } from "../core/resources";
import { type CheckResult, check } from "./check";
import type { ClientFactory, StackSettings } from "./connection";
import { withClient } from "./explain-api-error";
import { type Fields, metadataOf, unknownMarker } from "./inputs";
import { inputsOf } from "./live-inputs";
import { readerOf } from "./live-reader";
import { hasStarted, outputsOf } from "./outputs";
import { create, guestOf, type Lifecycle, remove, update } from "./reconcile";
import { isRendered, renderCreate, renderDelete, renderRead, renderUpdate } from "./render/verbs";

/** What one call of a verb has to itself. */
export type Run = Omit<Lifecycle, "kind" | "client" | "clock">;

/** Of a stack that writes its objects to files, or did so until now. */
export interface Rendering {
  /** Undefined when it does so no more. */
  readonly folder: string | undefined;
  readonly namespace: string;
}

/**
 * How a stack renders, or has until now; undefined for one that deploys. Nobody's kubeconfig has a say in what a file
 * holds: it would differ from machine to machine.
 */
export function renderingOf(olds: Fields, { renderTo, namespace = "default" }: StackSettings): Rendering | undefined {
  return renderTo === undefined && !isRendered(olds) ? undefined : { folder: renderTo, namespace };
}

export class Verbs {
  readonly #kind: string;
  readonly #connect: ClientFactory;

  constructor(kind: string, connect: ClientFactory) {
    this.#kind = kind;
    this.#connect = connect;
  }

  /** Where objects are written to a folder, nobody is connected to. */
  async check(olds: Fields, news: Fields, rendering?: Rendering): Promise<CheckResult> {
    const defaultNamespace = rendering?.namespace ?? (await this.#connect()).connection.namespace;
    return check({ kind: this.#kind, defaultNamespace, renderTo: rendering?.folder }, olds, news);
  }

  async create(inputs: Fields, run: Run): Promise<{ id: string; outs: Fields }> {
    if (isRendered(inputs)) return renderCreate(this.#kind, inputs);
    return this.#writing(run, (lifecycle) => create(lifecycle, inputs));
  }

  async update(olds: Fields, news: Fields, run: Run): Promise<{ outs: Fields }> {
    if (isRendered(news)) return renderUpdate(this.#kind, { olds, news }, run.say);
    return this.#writing(run, (lifecycle) => update(lifecycle, olds, news));
  }

  /** Removes the object that the outputs tell of, or whatever has the id where they tell of none. */
  async delete(id: string, outputs: Fields, run: Run): Promise<void> {
    if (isRendered(outputs)) return renderDelete(this.#kind, outputs);
    const [uid, claim] = [metadataOf(outputs).uid, outputs.claim].map((word) =>
      typeof word === "string" ? word : undefined,
    );
    return this.#writing(run, (lifecycle) => remove(lifecycle, id, { uid, claim }));
  }

  /**
   * The object's outputs, undefined when it is gone; an API that does not answer is an error, never "gone". Outputs that
   * are empty, as for an import, take everything that a program could have asked for.
   */
  async read(id: string, outputs: Fields): Promise<Fields | undefined> {
    const kind = this.#kind;
    if (isRendered(outputs)) return renderRead(kind, outputs);
    return withClient(this.#connect, async (client) => {
      const { read } = readerOf(client);
      const live = await read(resourceOf(kind), id);
      if (live === undefined) return undefined;
      const asked = outputs.metadata === undefined ? inputsOf(live) : outputs;
      return outputsOf(kind, live, asked, {
        started: hasStarted(outputs, live),
        guest: await guestOf(read, kind, live),
      });
    });
  }

  /** Outputs of an object that a preview makes or changes. Facts stay what they were unless the spec changes. */
  preview(inputs: Fields, olds?: { readonly outputs: Fields; readonly specChanges: boolean }): Fields {
    const definition = kindByName(this.#kind);
    const names = [...(definition?.outputs.map(({ name }) => name) ?? [])];
    if (definition?.subresources.status === true) names.push("status");
    const facts = names.map((name) => {
      const before = olds?.outputs[name];
      return [name, before === undefined || olds?.specChanges === true ? unknownMarker : before] as const;
    });
    const uid = olds === undefined ? unknownMarker : metadataOf(olds.outputs).uid;
    const metadata = typeof inputs.metadata === "string" ? inputs.metadata : { ...metadataOf(inputs), uid };
    return { metadata, spec: inputs.spec, ...Object.fromEntries(facts) };
  }

  #writing<T>(run: Run, verb: (lifecycle: Lifecycle) => Promise<T>): Promise<T> {
    return withClient(this.#connect, async (client) => {
      const reader = readerOf(client);
      reader.forget();
      try {
        return await verb({ ...run, kind: this.#kind, client });
      } finally {
        reader.forget();
      }
    });
  }
}
