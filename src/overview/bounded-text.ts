// The text of an answer of a program that may be any: what is too long is not read.

/** @throws if there is more than that; the rest is not read then */
export async function boundedText(response: Response, bytesMax: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.byteLength;
    // Leaving the loop cancels the rest.
    if (bytes > bytesMax) throw new Error('its answer is too large');
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}
