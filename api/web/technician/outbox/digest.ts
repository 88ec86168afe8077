// SHA-256 over the sorted lines `jobId version`: what the phone compares with the server after each complete pull.

export async function digestOf(rows: readonly { jobId: string; version: number }[]): Promise<string> {
  const lines = rows.map((row) => `${row.jobId} ${row.version}`).sort();
  return sha256(new TextEncoder().encode(lines.join("\n")));
}

/** In hex. */
export async function sha256(bytes: BufferSource): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
