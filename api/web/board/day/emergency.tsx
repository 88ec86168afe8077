// A job that cannot wait: ways to serve it now, each with what it does to others.
import { useEffect, useState } from "preact/hooks";
import { post } from "../../shared/server.ts";
import { attempt, shapes, told, words } from "../app.ts";
import type { Schemas } from "../../office/model.ts";
import { Skeleton } from "../../office/parts.tsx";
import { remember } from "./calls.tsx";
import { Consequences } from "./consequences.tsx";
import { takeBack } from "./hand.ts";
import { urgent } from "./raise.tsx";
import { load, select } from "./state.ts";

/** One click does one of them. */
export function Emergency({ jobId }: { jobId: string }) {
  const w = words.value.day.emergency;
  const say = shapes.value;
  const [proposal, setProposal] = useState<Schemas["ProposalOut"] | "asking" | null>(null);
  useEffect(() => {
    if (urgent.value !== jobId) return;
    urgent.value = null;
    void propose();
  }, [jobId]);
  const propose = async () => {
    setProposal("asking");
    if (!(await attempt(async () => setProposal(await post<Schemas["ProposalOut"]>("/v1/emergencies", { jobId }))))) setProposal(null);
  };
  const serve = async (proposalId: string, { option, displayName, consequences }: Schemas["OptionOut"]) => {
    let planId: string | undefined;
    const done = await attempt(async () => {
      const { plan } = await post<Schemas["VersionOut"]>(`/v1/emergencies/${proposalId}/accept`, { option });
      planId = plan?.planId;
    });
    await load();
    if (!done) return;
    select(jobId);
    // what nobody sends stays on the screen until it is read
    const toSay = consequences.messages.filter((one) => !one.sent).map((one) => one.displayName ?? one.address ?? "");
    remember(jobId, toSay);
    const back = planId === undefined ? {} : { undo: () => takeBack(planId as string, displayName) };
    told.value = { text: toSay.length === 0 ? w.done(displayName) : w.doneBut(displayName, toSay.join(", ")), tone: toSay.length === 0 ? "good" : "news", ...back };
  };
  if (proposal === null) {
    return (
      <button type="button" class="button small" onClick={() => void propose()}>
        {w.propose}
      </button>
    );
  }
  if (proposal === "asking") return <Skeleton lines={3} />;
  const leave = (
    <button type="button" class="button plain small" onClick={() => setProposal(null)}>
      {words.value.cancel}
    </button>
  );
  if (proposal.options.length === 0) {
    return (
      <div class="notice warn">
        <p>{w.none}</p>
        {leave}
      </div>
    );
  }
  const least = Math.min(...proposal.options.map((one) => one.cost));
  return (
    <div class="stack">
      <p class="aside">{w.ways}</p>
      <ol class="options">
        {proposal.options.map((option) => (
          <li key={option.option}>
            <div class="way">
              <b>
                {option.displayName}, {say.span(option.expectedStartAt, option.expectedEndAt)}
              </b>
              <button type="button" class="button primary small" onClick={() => void serve(proposal.proposalId, option)}>
                {w.take}
              </button>
            </div>
            {option.cost === least && proposal.options.length > 1 && <span class="good">{w.cheapest}</span>}
            {option.moved.map((one) => (
              <span key={one.jobId}>{w.moved(one.address, one.fromDisplayName, one.toDisplayName)}</span>
            ))}
            <Consequences of={option.consequences} />
          </li>
        ))}
      </ol>
      {leave}
    </div>
  );
}
