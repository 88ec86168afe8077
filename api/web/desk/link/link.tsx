// The subscriber's link of a job, as the desk sees it: a new one in the place of the one before, or none at all.
import { Link2, Link2Off } from "lucide-preact";
import { useState } from "preact/hooks";
import { post } from "../../shared/server.ts";
import { attempt, words } from "../app.ts";

export function VisitLink({ jobId }: { jobId: string }) {
  const w = words.value.link;
  const [busy, setBusy] = useState(false);
  const act = async (path: string, said: string) => {
    setBusy(true);
    await attempt(() => post(`/v1/jobs/${jobId}/${path}`, {}), said);
    setBusy(false);
  };
  return (
    <>
      <button type="button" class="button small" disabled={busy} onClick={() => void act("link", w.sent)}>
        <Link2 size={16} aria-hidden="true" />
        {w.send}
      </button>
      <button type="button" class="button small" disabled={busy} onClick={() => void act("link/revocation", w.revoked)}>
        <Link2Off size={16} aria-hidden="true" />
        {w.revoke}
      </button>
    </>
  );
}
