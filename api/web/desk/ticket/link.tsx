// A ticket by its number: to whoever takes calls it opens as a call, to whoever supervises as something to read.
import { holds } from "../app.ts";

export function TicketLink({ ticketId, number }: { ticketId: string; number: string }) {
  return <a href={`#/${holds("support") ? "call" : "ticket"}/${ticketId}`}>{number}</a>;
}
