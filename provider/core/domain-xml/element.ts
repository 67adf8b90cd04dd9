/**
 * The combinators of the vocabulary. An element is declared once, as an ordered record of its parts; the declaration
 * is the mapping between a plain object and XML, in both directions, and the object's type is inferred from it.
 *
 *   const target = element("target", { dev: attribute("dev", text), bus: attribute("bus", text) });
 *   type Target = ValueOf<typeof target>;
 *
 * Reading is lenient in libvirt's favour: attributes and elements that nobody declared are passed over. A declared
 * part that is required and absent, or that cannot be decoded, makes its element unreadable (undefined).
 */
import type { Codec } from "./codecs";
import { attributeOf, childrenNamed, textOf, type XmlNode } from "./xml-node";

/** What a part contributes to its element. */
interface Encoded {
  readonly attribute?: readonly [name: string, value: string];
  readonly children?: readonly (XmlNode | string)[];
}

type Decoded<T> =
  | { readonly is: "found"; readonly value: T }
  | { readonly is: "absent" }
  | { readonly is: "unreadable" };

/** One part of an element: an attribute, a child, a list of children, a flag, its text. */
export interface Part<T, Presence extends "required" | "optional" = "required" | "optional"> {
  readonly presence: Presence;
  /** What it declares, as paths below its element: `target`, `target/@bus`. */
  readonly paths: readonly string[];
  encode(value: T): Encoded;
  decode(node: XmlNode): Decoded<T>;
}

export type Parts = Readonly<Record<string, Part<unknown>>>;
export type Attributes = readonly (readonly [name: string, value: string])[];

type PartValue<P> = P extends Part<infer T> ? T : never;
type RequiredKeys<P extends Parts> = { [K in keyof P]: P[K]["presence"] extends "required" ? K : never }[keyof P];
type Flat<T> = { [K in keyof T]: T[K] };

export type ValueOfParts<P extends Parts> = Flat<
  { readonly [K in RequiredKeys<P>]: PartValue<P[K]> } & {
    readonly [K in Exclude<keyof P, RequiredKeys<P>>]?: PartValue<P[K]> | undefined;
  }
>;

export interface ElementOf<T> {
  readonly name: string;
  /** Everything that is declared below it, as paths: `target`, `target/@bus`. */
  readonly paths: readonly string[];
  encode(value: T): XmlNode;
  decode(node: XmlNode): T | undefined;
}

export type ValueOf<E> = E extends ElementOf<infer T> ? T : never;

/** An element with these parts, and with attributes that are always the same, such as a namespace. */
export function element<P extends Parts>(name: string, parts: P, fixed: Attributes = []): ElementOf<ValueOfParts<P>> {
  const entries = Object.entries(parts);
  return {
    name,
    paths: [...fixed.map(([key]) => `@${key}`), ...entries.flatMap(([, part]) => part.paths)],
    encode: (value) => {
      const encoded = entries.flatMap(([key, part]) => {
        const field: unknown = Reflect.get(value, key);
        return field === undefined ? [] : [part.encode(field)];
      });
      return {
        name,
        attributes: [...fixed, ...encoded.flatMap(({ attribute }) => (attribute === undefined ? [] : [attribute]))],
        children: encoded.flatMap(({ children }) => children ?? []),
      };
    },
    decode: (node) => {
      if (node.name !== name || fixed.some(([key, value]) => attributeOf(node, key) !== value)) return undefined;
      const value: Record<string, unknown> = {};
      for (const [key, part] of entries) {
        const decoded = part.decode(node);
        if (decoded.is === "found") value[key] = decoded.value;
        else if (decoded.is === "unreadable" || part.presence === "required") return undefined;
      }
      return value as ValueOfParts<P>;
    },
  };
}

export function attribute<T>(name: string, codec: Codec<T>): Part<T, "required"> {
  return {
    presence: "required",
    paths: [`@${name}`],
    encode: (value) => ({ attribute: [name, codec.encode(value)] }),
    decode: (node) => {
      const found = attributeOf(node, name);
      return found === undefined ? absent : decodedText(codec, found);
    },
  };
}

/** The element's own text. */
export function content<T>(codec: Codec<T>): Part<T, "required"> {
  return {
    presence: "required",
    paths: ["text()"],
    encode: (value) => {
      const encoded = codec.encode(value);
      return { children: encoded === "" ? [] : [encoded] };
    },
    decode: (node) => decodedText(codec, textOf(node)),
  };
}

export function child<T>(inner: ElementOf<T>): Part<T, "required"> {
  return {
    presence: "required",
    paths: pathsBelow(inner.name, inner.paths),
    encode: (value) => ({ children: [inner.encode(value)] }),
    decode: (node) => {
      const found = childrenNamed(node, inner.name)[0];
      return found === undefined ? absent : decodedValue(inner.decode(found));
    },
  };
}

/** Any number of children of one name, in order. */
export function children<T>(inner: ElementOf<T>): Part<readonly T[], "required"> {
  return {
    presence: "required",
    paths: pathsBelow(inner.name, inner.paths),
    encode: (values) => ({ children: values.map((value) => inner.encode(value)) }),
    decode: (node) => {
      const values: T[] = [];
      for (const one of childrenNamed(node, inner.name)) {
        const value = inner.decode(one);
        if (value === undefined) return unreadable;
        values.push(value);
      }
      return { is: "found", value: values };
    },
  };
}

/** A child that holds nothing but one text: `<name>demo</name>`. */
export function childText<T>(name: string, codec: Codec<T>): Part<T, "required"> {
  return within(name, content(codec));
}

/** A part that stands in a child which has nothing else: `<graceperiod><seconds>30</seconds></graceperiod>`. */
export function within<T>(name: string, part: Part<T, "required">): Part<T, "required"> {
  return {
    presence: "required",
    paths: pathsBelow(name, part.paths),
    encode: (value) => {
      const { attribute: own, children: inner } = part.encode(value);
      return { children: [{ name, attributes: own === undefined ? [] : [own], children: inner ?? [] }] };
    },
    decode: (node) => {
      const found = childrenNamed(node, name)[0];
      return found === undefined ? absent : part.decode(found);
    },
  };
}

/** An empty child that says something by being there: `<readonly/>`. */
export function flag(name: string): Part<boolean, "required"> {
  return {
    presence: "required",
    paths: [name],
    encode: (value) => (value ? { children: [{ name, attributes: [], children: [] }] } : {}),
    decode: (node) => ({ is: "found", value: childrenNamed(node, name).length > 0 }),
  };
}

/** A part that may be left out. */
export function optional<T>(part: Part<T>): Part<T, "optional"> {
  return {
    presence: "optional",
    paths: part.paths,
    encode: (value) => part.encode(value),
    decode: (node) => part.decode(node),
  };
}

function pathsBelow(name: string, paths: readonly string[]): readonly string[] {
  return [name, ...paths.map((path) => `${name}/${path}`)];
}

const absent: Decoded<never> = { is: "absent" };
const unreadable: Decoded<never> = { is: "unreadable" };

function decodedText<T>(codec: Codec<T>, found: string): Decoded<T> {
  return decodedValue(codec.decode(found));
}

function decodedValue<T>(value: T | undefined): Decoded<T> {
  return value === undefined ? unreadable : { is: "found", value };
}
