// What was asked and answered, to see and to keep.
import { Download, Printer } from "lucide-preact";
import { shapes, words, type OwnVisit } from "./app.ts";

type Kept = OwnVisit["consents"][number];

function save(copy: string, name: string): void {
  const address = URL.createObjectURL(new Blob([copy], { type: "text/plain;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

export function Consents({ of, number }: { of: Kept[]; number: string }) {
  const w = words.value;
  return (
    <section class="card consents">
      <h2>{w.consents}</h2>
      {of.map((one, index) => (
        <article key={one.consentId} aria-labelledby={one.consentId}>
          <h3 id={one.consentId}>{one.title}</h3>
          <p class={`answer ${one.answer}`}>
            <b>{one.answer === "accepted" ? w.agreed : w.declined}</b>, {shapes.value.dated(one.answeredAt)}
          </p>
          <blockquote lang={one.language}>{one.text}</blockquote>
          <dl>
            {one.lines.map((line) => (
              <div key={line.text}>
                <dt>
                  {line.quantity === 1 ? "" : `${line.quantity} × `}
                  {line.text}
                </dt>
                <dd>{shapes.value.money(line.amountMinor * line.quantity, one.currency)}</dd>
              </div>
            ))}
            <div class="total">
              <dt>{one.subject === "terms" ? w.fee : w.total}</dt>
              <dd>{shapes.value.money(one.amountMinor, one.currency)}</dd>
            </div>
          </dl>
          <button type="button" class="button" onClick={() => save(one.copy, `${w.file}-${number}-${index + 1}.txt`)}>
            <Download size={18} aria-hidden="true" /> {w.download}
          </button>
        </article>
      ))}
      <button type="button" class="button" onClick={() => print()}>
        <Printer size={18} aria-hidden="true" /> {w.print}
      </button>
    </section>
  );
}
