// What the van has left: what the server told last, less what this phone took out since. Pure.
import type { VisibleVan } from "./model.ts";
import type { Kept } from "./outbox/outbox.ts";
import { isTold } from "./visit/attendance.ts";

export interface Left {
  /** Below zero where more was taken than the books had: what was used counts, whatever the books say. */
  quantity: number;
  serials: string[];
}

const NONE: Left = { quantity: 0, serials: [] };

/** By part. Also what a person looks at first is out of the van: it hangs on a wall. Whoever looked for a part and found none
 * knows better than the books, and than what was recorded before. */
export function leftIn(van: VisibleVan, events: readonly Kept[], heardAt: string | null): ReadonlyMap<string, Left> {
  const told = new Map<string, Left>(van.parts.map(({ code, quantity, serials }) => [code, { quantity, serials }]));
  const left = new Map(told);
  for (const event of [...events].sort((a, b) => a.seq - b.seq)) {
    if (event.kind !== "part-used" && event.kind !== "part-missing") continue;
    const { code, quantity = 0, serial = "" } = (JSON.parse(event.text) as { body: { code: string; quantity?: number; serial?: string } }).body;
    if (event.kind === "part-missing") left.set(code, (isTold(event, heardAt) ? told.get(code) : undefined) ?? NONE);
    else if (!isTold(event, heardAt)) left.set(code, taken(left.get(code) ?? NONE, quantity, serial));
  }
  return left;
}

function taken(from: Left, quantity: number, serial: string): Left {
  return { quantity: from.quantity - quantity, serials: from.serials.filter((one) => one !== serial) };
}
