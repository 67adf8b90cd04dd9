/**
 * Who makes resources of this package: a program in TypeScript, whose resources Pulumi's dynamic provider takes along with
 * the forwarder to the lifecycle; or the provider's plugin, which makes components for programs in other languages, and
 * has the lifecycle itself.
 */

let isPlugin = false;

/** Called once, by the plugin's process for components, before anything is made. */
export function hostInPlugin(): void {
  isPlugin = true;
}

export const isHostedByPlugin = (): boolean => isPlugin;
