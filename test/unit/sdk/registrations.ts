/** Pulumi's engine for tests of programs: it takes every resource that is registered and remembers it by its name. */
import * as pulumi from "@pulumi/pulumi";

export interface Registered {
  readonly type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

const registered = new Map<string, Registered>();

export function mockEngine(): Promise<void> {
  return pulumi.runtime.setMocks(
    {
      newResource: ({ name, type, inputs }) => {
        registered.set(name, { type, inputs });
        return { id: `default/${name}`, state: { ...inputs, ipAddress: "192.168.122.7" } };
      },
      call: () => ({}),
    },
    "shop",
    "dev",
    false,
  );
}

/** The resource of that name, once it is registered. */
export async function registration(name: string): Promise<Registered> {
  const end = performance.now() + 5_000;
  for (;;) {
    const found = registered.get(name);
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`${name} was never registered`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
