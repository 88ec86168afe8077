// The office locked this phone: it was lost, or its technician is gone. Nothing of a subscriber is left on it but what waits.
import { useEffect } from "preact/hooks";
import { isSpare, signOut, unsent, unsentPhotos, words } from "./app.ts";
import { Heading, Save } from "./ui.tsx";
import { Waiting } from "./waiting.tsx";

export function Locked() {
  const w = words.value.locked;
  const count = unsent.value.length + unsentPhotos.value.length;
  // what was being typed may name a subscriber
  useEffect(() => sessionStorage.clear(), []);
  return (
    <>
      <Heading title={w.title} />
      <div class="content">
        <p class="notice warn">{w.text}</p>
        <Save look="wide" label={w.anew} disabled={!isSpare.value} act={signOut} />
        {!isSpare.value && <p class="aside">{w.copyFirst}</p>}
      </div>
      {count > 0 && <Waiting />}
    </>
  );
}
