/**
 * What a program carries into its state for each resource, in place of a provider's code: one line that finds this
 * package's lifecycle wherever the engine runs it. It is the text that Pulumi's dynamic providers are kept as (a module
 * that exports `handler`), written here instead of serialized from closures, so that it is a hundred bytes, the same in
 * every release, and can hold no secret. A destroy runs the code of the version that is installed then.
 */
export function forwarder(kind: string): string {
  return `exports.handler = () => require("pulumi-kubevirt/lifecycle").provider(${JSON.stringify(kind)});`;
}
