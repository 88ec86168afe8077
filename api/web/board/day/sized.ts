import { effect, signal } from "@preact/signals";

const KEY = "line3-panels";
/** Before anybody moved them: the timeline has more than half of any screen. */
const OF_OLD = { left: Math.round(Math.max(200, Math.min(264, innerWidth * 0.18))), right: Math.round(Math.min(380, innerWidth * 0.24)) };

function kept(): typeof OF_OLD {
  try {
    return { ...OF_OLD, ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as object) };
  } catch {
    return OF_OLD;
  }
}

/** How wide the panels beside the timeline are, in pixels. */
export const sized = signal(kept());
effect(() => localStorage.setItem(KEY, JSON.stringify(sized.value)));
