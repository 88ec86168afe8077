// The pages of the desk.
import { ChartLine, Coins, FileText, Headset, ListOrdered, Mail, MessageSquareWarning, PhoneCall, Ticket, TriangleAlert } from "lucide-preact";
import type { PageEntry } from "../office/shell.tsx";
import { words } from "./app.ts";

const ROLES = ["support"];
/** What whoever supervises support looks at as well. */
const BOTH = ["support", "supervisor"];

export const PAGES: readonly PageEntry[] = [
  { name: "call", label: () => words.value.pages.call, Icon: Headset, roles: ROLES, isFluent: true, load: async () => (await import("./call/call.tsx")).Call },
  { name: "queue", label: () => words.value.pages.queue, Icon: ListOrdered, roles: BOTH, load: async () => (await import("./queue/queue.tsx")).Queue },
  { name: "outages", label: () => words.value.pages.outages, Icon: TriangleAlert, roles: ROLES, load: async () => (await import("./outages/outages.tsx")).Outages },
  { name: "callbacks", label: () => words.value.pages.callbacks, Icon: PhoneCall, roles: ROLES, load: async () => (await import("./callbacks/callbacks.tsx")).Callbacks },
  { name: "written", label: () => words.value.pages.written, Icon: Mail, roles: ROLES, load: async () => (await import("./written/written.tsx")).Written },
  { name: "complaints", label: () => words.value.pages.complaints, Icon: MessageSquareWarning, roles: BOTH, load: async () => (await import("./complaints/complaints.tsx")).Complaints },
  { name: "credits", label: () => words.value.pages.credits, Icon: Coins, roles: BOTH, load: async () => (await import("./credits/credits.tsx")).Credits },
  { name: "numbers", label: () => words.value.pages.numbers, Icon: ChartLine, roles: BOTH, load: async () => (await import("./numbers/numbers.tsx")).Numbers },
  { name: "ticket", label: () => words.value.ticket.page, Icon: Ticket, roles: BOTH, isApart: true, load: async () => (await import("./ticket/ticket.tsx")).Ticket },
  { name: "letter", label: () => words.value.letter.title, Icon: FileText, roles: BOTH, isApart: true, load: async () => (await import("./letter/letter.tsx")).Letter },
];
