/**
 * The names of machines that are made in numbers. They are chosen here and not by the API server: when the answer to a
 * creation is lost, nobody can tell whether the machine was made, and asking again under the same name cannot make two.
 */
import { generatedName, type RandomBytes } from "../core/generated-name";
import { type KubeObject, keyOf } from "../kube/resource";

interface Uncertain {
  readonly uid: string | undefined;
  readonly names: readonly string[];
}

export class MachineNames {
  readonly #random: RandomBytes;
  /** Owner's key → names that one of its machines may have been made under. */
  readonly #uncertain = new Map<string, Uncertain>();

  constructor(random: RandomBytes) {
    this.#random = random;
  }

  /** A name that this owner's own machine may have already, or else one that is new. */
  take(owner: KubeObject, prefix: string): string {
    const [name, ...names] = this.#namesOf(owner);
    if (name === undefined) return generatedName(prefix, this.#random);
    this.#uncertain.set(keyOf(owner), { uid: owner.metadata.uid, names });
    return name;
  }

  /** Nobody knows whether there is a machine of this name now: the next one is made under it. */
  giveBack(owner: KubeObject, name: string): void {
    this.#uncertain.set(keyOf(owner), { uid: owner.metadata.uid, names: [...this.#namesOf(owner), name] });
  }

  /** The owner is gone. */
  forget(key: string): void {
    this.#uncertain.delete(key);
  }

  #namesOf(owner: KubeObject): readonly string[] {
    const known = this.#uncertain.get(keyOf(owner));
    return known?.uid === owner.metadata.uid ? (known?.names ?? []) : [];
  }
}
