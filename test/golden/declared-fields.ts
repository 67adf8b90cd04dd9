/** Every field that a kind declares, as paths: `spec.volumes[].name`, `spec.domain.resources.requests.*`. */
import { z } from "zod";
import { kindByName } from "../../provider/api/v1alpha1/kinds";
import { child, isObject, items } from "../../provider/core/json-tree";

export interface DeclaredField {
  readonly path: string;
  /** The words that the field may say; empty when it may say more than these. */
  readonly words: readonly string[];
}

const known = new Map<string, readonly DeclaredField[]>();

/** The fields of a kind, containers among them, in the order of their declaration. */
export function declaredFields(kind: string): readonly DeclaredField[] {
  const found = known.get(kind);
  if (found !== undefined) return found;
  const schema = kindByName(kind)?.schema;
  const fields = schema === undefined ? [] : fieldsOf(z.toJSONSchema(schema, { io: "input", reused: "inline" }), "");
  known.set(kind, fields);
  return fields;
}

function fieldsOf(schema: unknown, path: string): readonly DeclaredField[] {
  const here =
    path === "" ? [] : [{ path, words: items(child(schema, "enum")).filter((word) => typeof word === "string") }];
  const properties = child(schema, "properties");
  const named = isObject(properties) ? Object.entries(properties) : [];
  const others = child(schema, "additionalProperties");
  return [
    ...here,
    ...named.flatMap(([name, inner]) => fieldsOf(inner, path === "" ? name : `${path}.${name}`)),
    ...(isObject(others) && !isObject(properties) ? fieldsOf(others, `${path}.*`) : []),
    ...(isObject(child(schema, "items")) ? fieldsOf(child(schema, "items"), `${path}[]`) : []),
  ];
}

/** Every field that an object gives, as declared paths, with each value that stands there. */
export function givenFields(
  object: unknown,
  declared: readonly DeclaredField[],
): ReadonlyMap<string, readonly unknown[]> {
  const paths = new Set(declared.map(({ path }) => path));
  const given = new Map<string, unknown[]>();
  const visit = (value: unknown, path: string): void => {
    if (path !== "") {
      const values = given.get(path);
      if (values === undefined) given.set(path, [value]);
      else values.push(value);
    }
    if (Array.isArray(value)) for (const item of value) visit(item, `${path}[]`);
    else if (isObject(value)) {
      for (const [key, inner] of Object.entries(value)) {
        const own = path === "" ? key : `${path}.${key}`;
        visit(inner, paths.has(own) || !paths.has(`${path}.*`) ? own : `${path}.*`);
      }
    }
  };
  visit(object, "");
  return given;
}
