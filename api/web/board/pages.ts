// The pages of the board: each comes when it is first looked at. A page gets what stands behind its name in the address.
import { CalendarDays, ChartLine, ClipboardCheck, Printer, Settings2, type LucideIcon } from "lucide-preact";
import type { ComponentType } from "preact";
import type { Words } from "./words/en.ts";

export interface PageProps {
  /** `#/setup/depots/…` gives `["depots", "…"]`. */
  path: string[];
}

export interface PageEntry {
  name: keyof Words["pages"];
  Icon: LucideIcon;
  /** Who sees it in the navigation; the server decides. */
  roles: readonly string[];
  /** Another language leaves what one looks at where it is: the page asks anew, by itself, what the server says in words. */
  isFluent?: true;
  /** It is come to from another page, not by the navigation. */
  isApart?: boolean;
  load: () => Promise<ComponentType<PageProps>>;
}

const EVERYBODY = ["dispatcher", "supervisor"];

export const PAGES: readonly PageEntry[] = [
  { name: "day", Icon: CalendarDays, roles: EVERYBODY, isFluent: true, load: async () => (await import("./day/day.tsx")).Day },
  { name: "review", Icon: ClipboardCheck, roles: ["dispatcher"], load: async () => (await import("./review/review.tsx")).Review },
  { name: "numbers", Icon: ChartLine, roles: EVERYBODY, load: async () => (await import("./numbers/numbers.tsx")).Numbers },
  { name: "setup", Icon: Settings2, roles: EVERYBODY, load: async () => (await import("./setup/setup.tsx")).Setup },
  { name: "print", Icon: Printer, roles: EVERYBODY, isApart: true, load: async () => (await import("./print/print.tsx")).Print },
];
