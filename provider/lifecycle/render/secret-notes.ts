/** The comments by which a rendered file says which secrets its machine needs. All parts of one are DNS names. */

export interface NeededSecret {
  readonly namespace: string;
  readonly name: string;
  readonly key: string;
  /** For people. */
  readonly content: string;
}

export function secretNote({ namespace, name, key, content }: NeededSecret): string {
  return `# Needs Secret ${namespace}/${name} with the key ${key}: ${content}.\n`;
}

const note = /^# Needs Secret ([a-z0-9.-]+)\/([a-z0-9.-]+) with the key ([a-z]+): (.+)\.$/;

/** From the comments at the top of a file. */
export function secretsIn(text: string): readonly NeededSecret[] {
  const lines = text.split("\n");
  const end = lines.findIndex((line) => !line.startsWith("#"));
  return lines.slice(0, end).flatMap((line) => {
    const [, namespace, name, key, content] = note.exec(line) ?? [];
    return namespace === undefined || name === undefined || key === undefined || content === undefined
      ? []
      : [{ namespace, name, key, content }];
  });
}
