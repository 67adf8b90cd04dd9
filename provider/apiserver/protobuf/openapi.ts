/**
 * The OpenAPI v2 document in the only form that kubectl asks for: a protobuf message. kubectl wants one before it sends
 * a List or an object of a kind it does not find, and leaves to the server what the document does not describe; so this
 * one describes nothing. The full documents are those of v3.
 * https://github.com/google/gnostic-models/blob/main/openapiv2/OpenAPIv2.proto
 */
const mediaType = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";

/** What a client takes for the answer's type. */
export const openApiV2Type = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

const swagger = 1;
const info = 2;
const title = 1;
const version = 2;

export function wantsProtobuf(accept: string | undefined): boolean {
  return (accept ?? "").split(",").some((entry) => entry.trim().startsWith(mediaType));
}

export function openApiV2Bytes(): Buffer {
  const about = Buffer.concat([field(title, "Kubernetes"), field(version, "v1.32.0")]);
  return Buffer.concat([field(swagger, "2.0"), field(info, about)]);
}

/** A field with a length, of fewer than 128 bytes. */
function field(number: number, value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  const lengthDelimited = 2;
  return Buffer.concat([Buffer.from([(number << 3) | lengthDelimited, bytes.length]), bytes]);
}
