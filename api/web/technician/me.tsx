// About the technician and this phone: language, look, storage, share of the work.
import { useEffect, useState } from "preact/hooks";
import { LANGUAGES, type Language } from "../shared/words.ts";
import { chooseLanguage, language, meta, shapes, signOut, told, words } from "./app.ts";
import type { Fairness } from "./model.ts";
import { read } from "../shared/server.ts";
import { look, type Look } from "./look.ts";
import { Push, unsubscribe } from "./push.tsx";
import { Choices, Heading, Save } from "./ui.tsx";

export function Me() {
  const w = words.value.me;
  const known = meta.value;
  const [storage, setStorage] = useState<{ usage: number; quota: number; persisted: boolean } | null>(null);
  const [share, setShare] = useState<Fairness | "unknown" | null>(null);
  useEffect(() => {
    void Promise.all([navigator.storage?.estimate?.(), navigator.storage?.persisted?.()]).then(([room, persisted]) =>
      setStorage({ usage: room?.usage ?? 0, quota: room?.quota ?? 0, persisted: persisted === true }),
    );
    read<Fairness>("/v1/me/fairness").then(setShare, () => setShare("unknown"));
  }, []);
  if (known === null) return null;
  const leave = async () => {
    if (await signOut(unsubscribe)) sessionStorage.clear();
    else told.value = { text: w.unsentFirst, tone: "bad" };
  };
  const size = (bytes: number) => `${shapes.value.number(Math.round(bytes / 1e5) / 10)} MB`;
  return (
    <>
      <Heading title={known.name} />
      <div class="content">
        <section class="card">
          <Choices label={w.language} name="language" among={Object.keys(LANGUAGES) as Language[]} say={(one) => LANGUAGES[one]} chosen={language.value} choose={(one) => void chooseLanguage(one)} />
        </section>
        <section class="card">
          <Choices label={w.theme} name="look" among={["auto", "light", "dark"] as const} say={(one: Look) => w[one]} chosen={look.value} choose={(one) => (look.value = one)} />
        </section>
        {/* it comes from the server, and must not push away what somebody is about to press */}
        <section class="card">
          <h2>{w.fairness}</h2>
          {share === null ? null : share === "unknown" || share.days.length === 0 ? (
            <p class="aside">{share === "unknown" ? w.fairnessUnknown : w.fairnessNone}</p>
          ) : (
            <p>
              {w.balance}: <b>{share.balanceMinutes === 0 ? "0" : `${share.balanceMinutes > 0 ? "+" : "−"}${shapes.value.duration(60 * Math.abs(share.balanceMinutes))}`}</b>
            </p>
          )}
          <ul class="lines">
            {(share === null || share === "unknown" ? [] : share.days).map((day) => (
              <li key={day.onDay}>
                <span>{day.sentence}</span>
                <span class="end aside">{shapes.value.day(day.onDay)}</span>
              </li>
            ))}
          </ul>
        </section>
        <Push />
        <section class="card">
          <h2>{w.device}</h2>
          {storage !== null && (
            <>
              <p>{w.storage(size(storage.usage), size(storage.quota))}</p>
              <p class="aside">{storage.persisted ? w.persisted : w.notPersisted}</p>
            </>
          )}
          <p class="aside">{known.deviceId}</p>
        </section>
        <Save look="" label={w.signOut} act={leave} />
      </div>
    </>
  );
}
