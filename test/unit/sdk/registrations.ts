/** Pulumi's engine for tests of programs: it takes every resource that is registered and remembers it. */
import * as pulumi from "@pulumi/pulumi";

export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly parent: string;
  /** URNs of the resources that it waits for. */
  readonly dependencies: readonly string[];
  readonly provider: string;
  readonly retainOnDelete: boolean;
  /** The files of the stack that the engine is told, the one that the resource is said to come from first. */
  readonly stack: readonly string[];
}

/** The part of the engine's protocol that is looked at here. */
interface RegisterRequest {
  getParent(): string;
  getDependenciesList(): string[];
  getProvider(): string;
  getRetainondelete(): boolean;
  getStacktrace(): { getFramesList(): { getPc(): { getUri(): string } | undefined }[] } | undefined;
}

interface Monitor {
  registerResource(request: RegisterRequest, callback: (error: unknown, response: unknown) => void): Promise<void>;
}

const registered: Registered[] = [];
/** Of the request that is being answered. */
let request: RegisterRequest | undefined;

export async function mockEngine(settings: { readonly preview?: boolean } = {}): Promise<void> {
  registered.length = 0;
  await pulumi.runtime.setMocks(
    {
      newResource: ({ name, type, inputs }) => {
        registered.push({
          type,
          name,
          inputs,
          parent: request?.getParent() ?? "",
          dependencies: request?.getDependenciesList() ?? [],
          provider: request?.getProvider() ?? "",
          retainOnDelete: request?.getRetainondelete() ?? false,
          stack: (request?.getStacktrace()?.getFramesList() ?? []).map((frame) => frame.getPc()?.getUri() ?? ""),
        });
        return { id: `default/${name}`, state: { ...inputs, ipAddress: "192.168.122.7" } };
      },
      call: () => ({}),
    },
    "shop",
    "dev",
    settings.preview === true,
  );
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  const register = monitor.registerResource.bind(monitor);
  // The mock calls newResource before it first waits for anything.
  monitor.registerResource = (one, callback) => {
    request = one;
    return register(one, callback);
  };
}

/** Everything that is registered so far. */
export const registrations = (): readonly Registered[] => registered;

/** The resource of that name, and of that kind if several have it, once it is registered. */
export async function registration(name: string, kind?: string): Promise<Registered> {
  const end = performance.now() + 5_000;
  for (;;) {
    const found = registered.find((one) => one.name === name && (kind === undefined || one.type.endsWith(`:${kind}`)));
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`${kind ?? ""} ${name} was never registered`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
