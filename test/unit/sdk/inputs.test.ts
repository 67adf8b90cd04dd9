import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { faultOfDnsSubdomain } from "../../../provider/core/validation/names";
import { autoName } from "../../../provider/lifecycle/auto-name";
import { autonamedAnnotation, urnAnnotation } from "../../../provider/lifecycle/inputs";
import { namedMetadata, withSecretUserData } from "../../../sdk/nodejs/inputs";

const urn = "urn:pulumi:dev::shop::pulumi-nodejs:dynamic/kubevirt:VirtualMachine::web";

/** The value of an Output and whether it is a secret. */
async function settled(value: unknown): Promise<{ value: unknown; secret: boolean }> {
  // Output<unknown> is `never` to the compiler, since it lifts the fields of what it holds.
  const output: pulumi.OutputInstance<unknown> & { readonly isSecret?: Promise<boolean> } = pulumi.output(value);
  return {
    value: await new Promise((resolve) => output.apply((known) => resolve(known))),
    secret: (await output.isSecret) === true,
  };
}

describe("autoName", () => {
  it("is the resource's name with a suffix, the same for the same URN and another for another", () => {
    expect(autoName("web", urn)).toMatch(/^web-[0-9a-f]{8}$/);
    expect(autoName("web", urn)).toBe(autoName("web", urn));
    expect(autoName("web", `${urn}2`)).not.toBe(autoName("web", urn));
  });

  it.each([
    "web",
    "Web Server",
    "a..b",
    "a.-b",
    "a-.b",
    "--",
    "",
    ".",
    "é",
    "💾 disk",
    "1",
    "x".repeat(300),
    `${"x".repeat(53)}.y`,
    "a_b/c:d",
    "m1.small",
  ])("makes of %j a name that Kubernetes accepts", (name) => {
    const made = autoName(name, urn);
    expect(faultOfDnsSubdomain(made, 63), made).toBeUndefined();
  });
});

describe("namedMetadata", () => {
  const resource = { urn: pulumi.output(urn), nameFor: (known: string) => autoName("web", known) };
  const known = async (metadata: Parameters<typeof namedMetadata>[0]) =>
    (await settled(namedMetadata(metadata, resource))).value;

  it("gives a name and the mark of the URN", async () => {
    expect(await known(undefined)).toEqual({
      name: autoName("web", urn),
      annotations: { [autonamedAnnotation]: "true", [urnAnnotation]: urn },
    });
  });

  it("keeps what was given, whether it is known now or later", async () => {
    const given = { name: "mine", labels: { a: "b" }, annotations: { note: "x" } };
    const expected = { ...given, annotations: { note: "x", [urnAnnotation]: urn } };
    expect(await known(given)).toEqual(expected);
    expect(await known(pulumi.output(given))).toEqual(expected);
    expect(await known(Promise.resolve(given))).toEqual(expected);
    expect(await known({ ...given, name: pulumi.output("mine"), annotations: Promise.resolve({ note: "x" }) })).toEqual(
      expected,
    );
  });

  it("leaves an Output inside where it is", () => {
    const labels = pulumi.output({ a: "b" });
    expect(namedMetadata({ labels }, resource)).toMatchObject({ labels });
  });
});

describe("withSecretUserData", () => {
  const userData = "password: hunter2";
  const spec = (source: unknown) => ({
    domain: {},
    volumes: [{ name: "root" }, { name: "seed", cloudInitNoCloud: source }],
  });
  const secretsOf = async (given: unknown) => {
    const made = withSecretUserData(given as Parameters<typeof withSecretUserData>[0]);
    return settled(made);
  };

  it("marks user data, plain and in base64, and nothing else", async () => {
    const made = withSecretUserData(
      spec({ userData, userDataBase64: "eA==" }) as Parameters<typeof withSecretUserData>[0],
    );
    const [root, seed] = (made as ReturnType<typeof spec>).volumes;
    expect(root).toEqual({ name: "root" });
    const source = seed?.cloudInitNoCloud as Record<string, unknown>;
    expect(await settled(source.userData)).toEqual({ value: userData, secret: true });
    expect(await settled(source.userDataBase64)).toEqual({ value: "eA==", secret: true });
    expect(seed?.name).toBe("seed");
  });

  it("leaves an absent one absent", () => {
    const source = { secretRef: { name: "seed" } };
    expect(withSecretUserData(spec(source) as Parameters<typeof withSecretUserData>[0])).toEqual(spec(source));
    expect(withSecretUserData({ domain: {} })).toEqual({ domain: {} });
  });

  it.each([
    ["the user data", spec({ userData: pulumi.output(userData) })],
    ["the source", spec(pulumi.output({ userData }))],
    ["a volume", { domain: {}, volumes: [pulumi.output({ name: "seed", cloudInitNoCloud: { userData } })] }],
    ["the volumes", { domain: {}, volumes: pulumi.output(spec({ userData }).volumes) }],
    ["the spec", pulumi.output(spec({ userData }))],
    ["the spec as a promise", Promise.resolve(spec({ userData }))],
  ])("marks user data when %s comes later", async (_name, given) => {
    const { value, secret } = await secretsOf(given);
    expect(secret).toBe(true);
    expect(JSON.stringify(value)).toContain(userData);
  });
});
