/** Values with a signature, as Pulumi's engine sends them. No logic. */
type Json = string | number | boolean | null | { [key: string]: Json } | Json[];
type Signed = { [key: string]: Json };

const signatureKey = "4dabf18193072939515e22adb298388d";

export const secret = (value: Json): Signed => ({ [signatureKey]: "1b47061264138c4ac30d75fd1eb44270", value });

export const output = (fields: { value?: Json; secret?: boolean }): Signed => ({
  [signatureKey]: "d0e6a833031e9bbcd3f4e8bde6ca49a4",
  ...fields,
});

export const asset = (text: string): Signed => ({ [signatureKey]: "c44067f5952c0a294b673a41bacd8c17", text });

export const resource = (urn: string): Signed => ({ [signatureKey]: "5cf8f73096256a8f31e491e813e4eb8e", urn });
