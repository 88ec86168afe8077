// The pages of the desk.
import { Headset, ListOrdered, PhoneCall, TriangleAlert } from "lucide-preact";
import type { PageEntry } from "../office/shell.tsx";
import { words } from "./app.ts";

const ROLES = ["support"];

export const PAGES: readonly PageEntry[] = [
  { name: "call", label: () => words.value.pages.call, Icon: Headset, roles: ROLES, isFluent: true, load: async () => (await import("./call/call.tsx")).Call },
  { name: "queue", label: () => words.value.pages.queue, Icon: ListOrdered, roles: ROLES, load: async () => (await import("./queue/queue.tsx")).Queue },
  { name: "outages", label: () => words.value.pages.outages, Icon: TriangleAlert, roles: ROLES, load: async () => (await import("./outages/outages.tsx")).Outages },
  { name: "callbacks", label: () => words.value.pages.callbacks, Icon: PhoneCall, roles: ROLES, load: async () => (await import("./callbacks/callbacks.tsx")).Callbacks },
];
