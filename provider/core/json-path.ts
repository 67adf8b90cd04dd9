/** The part of Kubernetes' JSONPath that is used here: `.field`, `[index]`, and `['quoted.key']`. */
import { isObject } from "./json-tree";

const segment = /\.([A-Za-z_$][\w$-]*)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]/y;

/** @throws SyntaxError for an expression outside this part */
export function compileJsonPath(expression: string): (value: unknown) => unknown {
  const steps: (string | number)[] = [];
  segment.lastIndex = 0;
  while (segment.lastIndex < expression.length) {
    const match = segment.exec(expression);
    if (match === null) throw new SyntaxError(`${expression} is not a path of fields and indices`);
    steps.push(match[2] === undefined ? (match[1] ?? (match[3] ?? "").replace(/\\(.)/g, "$1")) : Number(match[2]));
  }
  return (value) => steps.reduce<unknown>(step, value);
}

function step(value: unknown, key: string | number): unknown {
  if (Array.isArray(value)) return typeof key === "number" ? value[key] : undefined;
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
