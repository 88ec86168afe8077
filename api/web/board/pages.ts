// The pages of the board.
import { CalendarDays, ChartLine, ClipboardCheck, Printer, Settings2 } from "lucide-preact";
import type { PageEntry } from "../office/shell.tsx";
import { words } from "./app.ts";

const EVERYBODY = ["dispatcher", "supervisor"];

export const PAGES: readonly PageEntry[] = [
  { name: "day", label: () => words.value.pages.day, Icon: CalendarDays, roles: EVERYBODY, isFluent: true, load: async () => (await import("./day/day.tsx")).Day },
  { name: "review", label: () => words.value.pages.review, Icon: ClipboardCheck, roles: ["dispatcher"], load: async () => (await import("./review/review.tsx")).Review },
  { name: "numbers", label: () => words.value.pages.numbers, Icon: ChartLine, roles: EVERYBODY, load: async () => (await import("./numbers/numbers.tsx")).Numbers },
  { name: "setup", label: () => words.value.pages.setup, Icon: Settings2, roles: EVERYBODY, load: async () => (await import("./setup/setup.tsx")).Setup },
  { name: "print", label: () => words.value.pages.print, Icon: Printer, roles: EVERYBODY, isApart: true, load: async () => (await import("./print/print.tsx")).Print },
];
