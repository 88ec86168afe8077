// Who is there when somebody comes, and under which number: only whoever may call subscribers is told.
import { Phone } from "lucide-preact";
import { words } from "../app.ts";
import type { Schemas } from "../../office/model.ts";

export function Contact({ of }: { of: Schemas["ContactOut"] | null }) {
  const w = words.value.day.contact;
  if (of === null) return null;
  return (
    <p class="contact">
      <span class="aside">{w.title}</span> {of.name} <span class="aside">({w.relations[of.relation]})</span>{" "}
      {of.phone !== "" && (
        <a href={`tel:${of.phone}`}>
          <Phone size={14} aria-hidden="true" />
          {of.phone}
        </a>
      )}
    </p>
  );
}
