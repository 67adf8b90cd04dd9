/**
 * What a request's path asks for. Owns the grammar of Kubernetes resource paths; whether such a resource exists is the
 * registry's to say.
 *
 *     /api/VERSION/…  /apis/GROUP/VERSION/…  then  [watch/][namespaces/NS/]PLURAL[/NAME[/SUBRESOURCE]][/]
 *
 * The namespaces resource itself is the exception: namespaces/NAME[/SUBRESOURCE] has no plural after the name.
 */
export interface ResourcePath {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
  /** The old way to ask for a watch: by the path. */
  readonly watch?: true;
}

const namespaceSubresources = new Set(["status", "finalize"]);

/** Undefined when the path is not a resource's. A malformed escape is not a resource's either. */
export function parseResourcePath(pathname: string): ResourcePath | undefined {
  const segments = decodeSegments(pathname);
  if (segments === undefined) return undefined;
  const [root, ...rest] = segments;
  if (root === "api") return parseBelowVersion("", rest);
  const [group, ...below] = rest;
  return root === "apis" && group !== undefined ? parseBelowVersion(group, below) : undefined;
}

function decodeSegments(pathname: string): readonly string[] | undefined {
  try {
    const segments = pathname.slice(1).replace(/\/$/, "").split("/").map(decodeURIComponent);
    const hostile = segments.some(
      (segment) => segment === "" || segment === "." || segment === ".." || /[/\0]/.test(segment),
    );
    return hostile ? undefined : segments;
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

function parseBelowVersion(group: string, segments: readonly string[]): ResourcePath | undefined {
  const [version, first, second, third] = segments;
  if (version === undefined || first === undefined) return undefined;
  if (first === "watch") {
    const watched = parseBelowVersion(group, [version, ...segments.slice(2)]);
    return watched === undefined || second === "watch" ? undefined : { ...watched, watch: true };
  }
  const inNamespace =
    first === "namespaces" && second !== undefined && third !== undefined && !namespaceSubresources.has(third);
  const [plural, name, subresource, ...surplus] = inNamespace ? segments.slice(3) : segments.slice(1);
  if (plural === undefined || surplus.length > 0) return undefined;
  return {
    group,
    version,
    plural,
    ...(inNamespace ? { namespace: second } : {}),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}
