// The day: who drives where, what burns, what waits.
import { Empty } from "../../shared/parts.tsx";
import { shapes, today } from "../app.ts";
import type { PageProps } from "../pages.ts";

export function Day({ path: [on = today.value] }: PageProps) {
  return <Empty title={shapes.value.day(on)} />;
}
