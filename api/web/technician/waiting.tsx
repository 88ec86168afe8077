// What waits on this phone, and since when.
import { copied, events, hurry, meta, sending, shapes, unsent, unsentPhotos, words } from "./app.ts";
import { exported } from "./outbox/export.ts";
import { Empty, Heading, Mark } from "./ui.tsx";

export function Waiting({ back }: { back?: string }) {
  const w = words.value.waiting;
  const waiting = unsent.value;
  const pictures = unsentPhotos.value;
  const review = events.value.filter((one) => one.status === "review");
  const save = async () => {
    if (meta.value === null) return;
    const { deviceId, seq } = meta.value;
    const waitingPhotos = pictures.flatMap(({ photoId, sha256, blob }) => (blob === null ? [] : [{ photoId, sha256, blob }]));
    const made = await exported(deviceId, waiting.map((one) => one.text), waitingPhotos);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(made.file);
    link.download = made.name;
    link.click();
    // some browsers read it only when the download begins
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    copied.value = { code: made.code, seq };
  };
  return (
    <>
      {back !== undefined && <Heading title={w.title} back={back} />}
      <div class="content">
        {back === undefined && <h2>{w.title}</h2>}
        {waiting.length === 0 && pictures.length === 0 ? <Empty title={words.value.link.allSent} hint={w.none} /> : <p>{w.intro}</p>}
        {(waiting.length > 0 || pictures.length > 0) && (
          <button type="button" class="button primary wide" onClick={hurry} disabled={sending.value}>
            {sending.value ? words.value.link.sending : w.send}
          </button>
        )}
        <ul class="lines">
          {[...waiting, ...review].map((one) => (
            <li key={one.seq}>
              <span>
                <b>{words.value.kinds[one.kind] ?? one.kind}</b>
                <br />
                <Mark status={one.status} reason={one.reason} />
                {one.refusals > 0 && <p class="aside">{w.refusedAlone}</p>}
              </span>
              <span class="end aside">{w.since(shapes.value.moment(one.recordedAt))}</span>
            </li>
          ))}
          {pictures.length > 0 && <li>{w.photos(pictures.length)}</li>}
        </ul>
        {(waiting.length > 0 || pictures.length > 0) && (
          <div class="sheet">
            <button type="button" class="button" onClick={save}>
              {w.export}
            </button>
            <p class="aside">{w.exportWhy}</p>
            {copied.value !== null && (
              <p class="notice warn" role="status">
                {w.exportCode(copied.value.code)}
              </p>
            )}
          </div>
        )}
      </div>
    </>
  );
}
