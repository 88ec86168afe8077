// What goes to a subscriber on paper, one page of A4: the answer to a complaint, a credit with how it comes about.
import { ArrowLeft, Printer } from "lucide-preact";
import { read } from "../../shared/server.ts";
import type { Schemas } from "../../office/model.ts";
import { Asked } from "../../office/parts.tsx";
import type { PageProps } from "../../office/shell.tsx";
import { words } from "../app.ts";
import "./letter.css";

type Paper = Schemas["PaperOut"];

/** `#/letter/complaints/…`, `#/letter/credits/…`. */
export function Letter({ path: [of = "", id = ""] }: PageProps) {
  const w = words.value.letter;
  return (
    <div class="page letter-page">
      <h1 class="visually-hidden not-printed">{w.title}</h1>
      <p class="bar-of-choices not-printed">
        <button type="button" class="button" onClick={() => history.back()}>
          <ArrowLeft size={16} aria-hidden="true" />
          {w.back}
        </button>
        <button type="button" class="button primary" onClick={() => print()}>
          <Printer size={16} aria-hidden="true" />
          {w.print}
        </button>
      </p>
      <Asked of={`letter ${of} ${id}`} ask={() => read<Paper>(`/v1/${of}/${id}/letter`)}>
        {(paper) => <Sheet of={paper} />}
      </Asked>
    </div>
  );
}

function Sheet({ of }: { of: Paper }) {
  return (
    <article class="letter" lang={of.language}>
      <p class="sender">{of.sender}</p>
      <address>
        {of.toName}
        <br />
        {of.toAddress}
      </address>
      <p class="dated">{of.dated}</p>
      <p class="aside">{of.reference.join(" · ")}</p>
      <h2>{of.subject}</h2>
      {of.paragraphs.map((one) => (
        <p key={one} class="words">
          {one}
        </p>
      ))}
      {of.lines.length > 0 && (
        <ul>
          {of.lines.map((one) => (
            <li key={one}>{one}</li>
          ))}
        </ul>
      )}
      {of.call !== "" && <p>{of.call}</p>}
      <p class="closing">
        {of.closing},
        <br />
        {of.signedBy !== "" && (
          <>
            {of.signedBy}
            <br />
          </>
        )}
        {of.sender}
      </p>
    </article>
  );
}
