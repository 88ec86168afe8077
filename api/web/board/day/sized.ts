import { effect, signal } from "@preact/signals";

const KEY = "line3-panels";
const OF_OLD = { left: 264, right: 380 };

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
