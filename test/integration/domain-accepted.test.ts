/**
 * libvirt takes every document that the conversion makes: by its own schema, and by defining it for real. Documents come
 * from the hand-checked cases, from the recorded machines, from these with changes, and from machines at random. Needs
 * xmllint and libvirt. GOLDEN_ROUNDS and GOLDEN_SEED make more and others.
 */
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kindByName } from "../../provider/api/v1alpha1/kinds";
import { type Domain, parseDomain, printDomain } from "../../provider/core/convert";
import { child, childAt, items } from "../../provider/core/json-tree";
import { type Hypervisor, HypervisorError } from "../../provider/libvirt/hypervisor";
import { connectLibvirt } from "../../provider/libvirt/libvirt-hypervisor";
import { arbitraryObject, withFaults } from "../builders/arbitrary-object";
import { convertRecorded, recordedMachines } from "../golden/areas/domain";
import { expectedOutcome, readCases } from "../golden/cases";
import { mutated, randomOf } from "../golden/mutations";

interface Document {
  readonly name: string;
  readonly domain: Domain;
}

function casesAsDocuments(): readonly Document[] {
  return readCases().flatMap((one) => {
    const domain = parseDomain(expectedOutcome(one)["domain.xml"] ?? "");
    return domain === undefined ? [] : [{ name: one.name, domain }];
  });
}

function recordedAsDocuments(): readonly Document[] {
  return recordedMachines().flatMap((machine) => {
    const conversion = convertRecorded(machine);
    return conversion.ok ? [{ name: machine.id, domain: conversion.domain }] : [];
  });
}

const rounds = Number(process.env.GOLDEN_ROUNDS ?? 1);
const seed = Number(process.env.GOLDEN_SEED ?? 20_180_504);

/** Recorded machines with changes: machines of which nobody knows beforehand whether they can be. */
function changedAsDocuments(): readonly Document[] {
  const random = randomOf(seed);
  return Array.from({ length: rounds }).flatMap((_, round) =>
    recordedMachines().flatMap((machine) => {
      const conversion = convertRecorded({ ...machine, vm: mutated(machine.vm, random) });
      return conversion.ok ? [{ name: `${machine.id} changed ${round}`, domain: conversion.domain }] : [];
    }),
  );
}

/** Valid machines at random, on a machine type that there is. */
function randomAsDocuments(): readonly Document[] {
  const kind = kindByName("VirtualMachine");
  const objects = kind === undefined ? [] : fc.sample(arbitraryObject(kind), { numRuns: 200 * rounds, seed });
  return objects.flatMap((object, index) => {
    const { metadata, spec, ...rest } = Object(withFaults(object, 0));
    const { machine: _machine, ...domain } = Object(Object(spec).domain);
    const vm = { ...rest, metadata: { ...metadata, uid: randomUUID() }, spec: { ...spec, domain } };
    const names = items(childAt(vm, ["spec", "volumes"])).map((volume) => String(child(volume, "name")));
    const registryDisks = Object.fromEntries(names.map((name) => [name, [".qcow2"]]));
    const conversion = convertRecorded({ vm, kvm: index % 2 === 0, registryDisks });
    return conversion.ok ? [{ name: `random ${index}`, domain: conversion.domain }] : [];
  });
}

const documents = [...casesAsDocuments(), ...recordedAsDocuments(), ...changedAsDocuments(), ...randomAsDocuments()];

it("there are documents of each kind", () => {
  expect(casesAsDocuments().length).toBeGreaterThan(15);
  expect(recordedAsDocuments().length).toBeGreaterThan(100);
  expect(changedAsDocuments().length).toBeGreaterThan(50);
  expect(randomAsDocuments().length).toBeGreaterThan(20);
});

describe("libvirt's schema", () => {
  const schema = "/usr/share/libvirt/schemas/domain.rng";
  const folder = mkdtempSync(join(tmpdir(), "pulumi-kubevirt-domains-"));

  afterAll(() => rmSync(folder, { recursive: true }));

  /** xmllint's answer: its exit code says whether every document is valid. */
  function validate(files: readonly string[]): { readonly status: number | null; readonly text: string } {
    const { status, stderr, error } = spawnSync("xmllint", ["--noout", "--relaxng", schema, ...files], {
      encoding: "utf8",
      maxBuffer: 16 * 1024 * 1024,
    });
    if (error !== undefined) throw new Error("xmllint cannot be run; `make tools` installs it", { cause: error });
    const said = stderr.split("\n").filter((line) => !line.endsWith(" validates"));
    return { status, text: said.join("\n") };
  }

  function written(name: string, xml: string): string {
    const file = join(folder, `${name.replaceAll(" ", "-")}.xml`);
    writeFileSync(file, xml);
    return file;
  }

  it("accepts every document", () => {
    const files = documents.map(({ name, domain }) => written(name, printDomain(domain)));
    expect(validate(files)).toEqual({ status: 0, text: "" });
  });

  it("would notice a fault", () => {
    expect(validate([written("bad", "<domain type='qemu'><name>x</name><wrong/></domain>")]).status).not.toBe(0);
  });
});

describe("libvirt", () => {
  let hypervisor: Hypervisor;
  let hasKvm: boolean;

  beforeAll(async () => {
    hypervisor = await connectLibvirt();
    hasKvm = (await hypervisor.describeEmulator("kvm")) !== undefined;
  });
  afterAll(() => hypervisor.close());

  /** What libvirt has against the document, under a name and an identity of its own; undefined when it is defined. */
  async function refusalOf({ domain }: Document): Promise<string | undefined> {
    const uuid = randomUUID();
    const type = hasKvm ? domain.type : "qemu";
    try {
      await hypervisor.define(printDomain({ ...domain, type, uuid, name: `golden-${uuid}` }));
      return undefined;
    } catch (error) {
      if (error instanceof HypervisorError) return error.message;
      throw error;
    } finally {
      const left = await hypervisor.lookupByUuid(uuid);
      if (left !== undefined) await hypervisor.undefine(left);
    }
  }

  it("defines every document", async () => {
    const refusals: string[] = [];
    for (const document of documents) {
      const refusal = await refusalOf(document);
      if (refusal !== undefined) refusals.push(`${document.name}: ${refusal}`);
    }
    expect(refusals).toEqual([]);
  });

  it("would refuse what it cannot do", async () => {
    const [document] = documents;
    if (document === undefined) throw new Error("there is no document");
    const { os } = document.domain;
    const impossible = { ...document.domain, os: { type: { ...os.type, machine: "isapc" } } };
    expect(await refusalOf({ name: "impossible", domain: impossible })).toContain("PCI");
  });
});
