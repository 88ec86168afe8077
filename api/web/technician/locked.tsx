// The office locked this phone: it was lost, or its technician is gone. Nothing of a subscriber is left on it but what waits.
import { isSpare, signOut, unsent, unsentPhotos, words } from "./app.ts";
import { Heading } from "./ui.tsx";
import { Waiting } from "./waiting.tsx";

export function Locked() {
  const w = words.value.locked;
  const count = unsent.value.length + unsentPhotos.value.length;
  return (
    <>
      <Heading title={w.title} />
      <div class="content">
        <p class="notice warn">{w.text}</p>
        <button type="button" class="button wide" disabled={!isSpare.value} onClick={() => void signOut()}>
          {w.anew}
        </button>
        {!isSpare.value && <p class="aside">{w.copyFirst}</p>}
      </div>
      {count > 0 && <Waiting />}
    </>
  );
}
