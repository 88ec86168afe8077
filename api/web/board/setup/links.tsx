// A link that is shown once and good for one: by which somebody sets a password, or a phone enrols.
import { Copy, KeyRound, Smartphone } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";
import { post } from "../../shared/server.ts";
import { attempt, holds, inArea, shapes, told } from "../app.ts";
import type { OfficePersonOut, TechnicianOut } from "./model.ts";
import { w } from "./words.ts";

interface Made {
  url: string;
  expiresAt: string;
}

interface LinkProps {
  title: string;
  said: string;
  label: string;
  hint: string;
  icon: typeof KeyRound;
  path: string;
  /** Whoever was just added needs it now. */
  atOnce: boolean;
}

function Link({ title, said, label, hint, icon: Icon, path, atOnce }: LinkProps) {
  const t = w().links;
  const [made, setMade] = useState<Made | null>(null);
  const make = () => attempt(async () => setMade(await post<Made>(inArea(path))));
  useEffect(() => {
    if (atOnce) void make();
  }, []);
  const copy = async (url: string) => {
    await navigator.clipboard.writeText(url);
    told.value = { text: t.copied, tone: "good" };
  };
  return (
    <section class={`fields a-link ${atOnce ? "at-once" : ""}`} aria-label={title}>
      <h3>{title}</h3>
      <p class="aside">{said}</p>
      {made === null ? (
        <button type="button" class="button" onClick={() => void make()}>
          <Icon size={16} aria-hidden="true" />
          {t.make}
        </button>
      ) : (
        <div class="field" role="status">
          <label for="the-link">{label}</label>
          <div class="abreast">
            <input id="the-link" readOnly value={made.url} onFocus={(event) => event.currentTarget.select()} />
            {/* where a page is not served safely, browsers have no clipboard for it */}
            {isSecureContext && (
              <button type="button" class="button primary" onClick={() => void copy(made.url)}>
                <Copy size={16} aria-hidden="true" />
                {t.copy}
              </button>
            )}
          </div>
          <p class="hint">{hint.replace("{until}", shapes.value.dated(made.expiresAt))}</p>
        </div>
      )}
    </section>
  );
}

export function PasswordLink({ person, atOnce }: { person: OfficePersonOut; atOnce: boolean }) {
  const t = w().office;
  if (!person.active || person.beyond) return null;
  const said = person.hasPassword ? t.hasPassword : t.noPassword;
  return <Link title={t.password} said={said} label={t.link} hint={t.linkHint} icon={KeyRound} path={`/v1/setup/staff/${person.staffId}/password-links`} atOnce={atOnce} />;
}

/** Of a dispatcher only: whose phone it becomes sees the names of subscribers. */
export function PhoneLink({ technician, atOnce }: { technician: TechnicianOut; atOnce: boolean }) {
  const t = w().phoneLink;
  if (!technician.active) return null;
  if (!holds("dispatcher")) {
    return (
      <section class={`fields a-link ${atOnce ? "at-once" : ""}`} aria-label={t.title}>
        <h3>{t.title}</h3>
        <p class="aside">{t.dispatcher}</p>
      </section>
    );
  }
  return <Link title={t.title} said={t.said} label={t.link} hint={t.hint} icon={Smartphone} path={`/v1/technicians/${technician.technicianId}/enrolments`} atOnce={atOnce} />;
}
