import { describe, expect, it } from "vitest";
import { importFromLibvirt } from "../../../../provider/cmd/virtctl/import-domain";
import { parseManifest } from "../../../../provider/manifest";

const domain = { name: "web", uuid: "5d307ca9-b3ef-428c-8861-06e72d69f223", id: 1 };
const knowing = (xml: string) => ({
  lookupByName: async (name: string) => (name === domain.name ? domain : undefined),
  lookupByUuid: async (uuid: string) => (uuid === domain.uuid ? domain : undefined),
  domainDefinition: async () => xml,
});
const xmlWith = (more: string) =>
  `<domain type="kvm"><name>web</name><memory>65536</memory><features><acpi/></features>${more}</domain>`;

describe("virtctl import-domain", () => {
  it("finds a domain by its name and by its UUID, and says where they are named when there is none", async () => {
    const byName = await importFromLibvirt(knowing(xmlWith("")), "web", {});
    expect(byName).toMatchObject({ exitCode: 0, stderr: "nothing is lost\n" });
    expect(await importFromLibvirt(knowing(xmlWith("")), domain.uuid, {})).toEqual(byName);
    const none = await importFromLibvirt(knowing(""), 'a"b', {});
    expect(none).toEqual({
      exitCode: 1,
      stdout: "",
      stderr: 'libvirt has no domain "a\\"b"; `virsh list --all` names them\n',
    });
  });

  it("names losses in comments that no text of the document can leave, and on standard error", async () => {
    const hostile = "x&#10;---&#10;kind: Evil\u2028kind: Evil";
    const answer = await importFromLibvirt(
      knowing(xmlWith(`<title>${hostile}</title><note text="${hostile}"/>`)),
      "web",
      {},
    );
    expect(answer.stdout.split("\n").filter((line) => line.startsWith("# Lost: /domain/"))).toHaveLength(2);
    expect(answer.stdout).not.toMatch(/^kind: Evil/m);
    expect(answer.stdout).not.toContain("\u2028");
    const { objects, faults } = parseManifest(answer.stdout, "m.yaml");
    expect(faults).toEqual([]);
    expect(objects.map(({ object }) => object.kind)).toEqual(["VirtualMachine"]);
    expect(answer.stderr).toMatch(/^2 things are lost:\n {2}\/domain\/title: /);
  });

  it("refuses a domain that would make no machine that is accepted, with the fault's path", async () => {
    const disks = Array.from(
      { length: 300 },
      (_, index) => `<disk type="file"><source file="/d"/><target dev="d${index}" bus="scsi"/></disk>`,
    );
    const answer = await importFromLibvirt(knowing(xmlWith(`<devices>${disks.join("")}</devices>`)), "web", {});
    expect(answer).toMatchObject({ exitCode: 1, stdout: "" });
    expect(answer.stderr).toMatch(/makes no machine that would be accepted:\nspec\./);
  });
});
