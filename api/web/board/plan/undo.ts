// Taking a version back, and saying what could not go back with it.
import { post } from "../../shared/server.ts";
import { inArea, shapes, told, words } from "../app.ts";
import type { Schemas } from "../../office/model.ts";

/** `said`: what is said where all of it went back. */
export async function undoVersion(planId: string, said: string): Promise<void> {
  const { stays } = await post<Schemas["UndoneOut"]>(inArea(`/v1/plans/${planId}/undo`));
  const named = stays.map((one) => `${one.address} (${one.displayName} ${shapes.value.time(one.startAt)})`);
  told.value = stays.length === 0 ? { text: said, tone: "good" } : { text: words.value.plan.stays(said, named.slice(0, 3).join("; "), Math.max(0, named.length - 3)), tone: "news" };
}
