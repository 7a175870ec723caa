import { DirectoryError } from '@stele/schemas/canonical';

/**
 * Reads `multipart/form-data` (RFC 7578): texts by name, and files as their bytes. What a file calls itself is nobody's
 * business.
 * @param maxSize bytes of a file at most
 */
export async function parseForm(
  bytes: Uint8Array,
  contentType: string,
  maxSize: number,
): Promise<Record<string, unknown>> {
  const fields: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of await formOf(bytes, contentType)) {
    if (name in fields) throw malformed(`two parts are called ${JSON.stringify(name)}`);
    if (typeof value === 'string') fields[name] = value;
    else if (value.size <= maxSize) fields[name] = new Uint8Array(await value.arrayBuffer());
    else throw new DirectoryError('payload_too_large', `A file may have ${maxSize} bytes at most`);
  }
  return fields;
}

/** What makes two forms the same: names and contents, and not the boundaries that clients draw anew each time. */
export function partsOf(form: Readonly<Record<string, unknown>>): (string | Uint8Array)[] {
  return Object.entries(form).flatMap(([name, value]) => [name, value as string | Uint8Array]);
}

async function formOf(bytes: Uint8Array, contentType: string): Promise<FormData> {
  try {
    return await new Response(bytes as Uint8Array<ArrayBuffer>, {
      headers: { 'content-type': contentType },
    }).formData();
  } catch {
    throw malformed('its parts cannot be separated');
  }
}

const malformed = (reason: string): DirectoryError =>
  new DirectoryError('bad_request', `The body is not multipart/form-data: ${reason}`);
