// Which phone this is, kept outside the database on purpose: it tells that there was one. In a cookie as well: some browsers take
// everything else away together.
import { uuidv7 } from "uuidv7";

const MARKER = "line3-enrolled";
/** An id that was asked for; whether the server has it is not known while its answer has not come. */
const CANDIDATE = "line3-new-phone";
const YEAR_S = 31_536_000;

function cookie(deviceId: string, seconds: number): void {
  document.cookie = `${MARKER}=${deviceId}; Max-Age=${seconds}; Path=/technician/; SameSite=Strict; Secure`;
}

/** The id under which this phone was enrolled. */
export function marked(): string | null {
  return localStorage.getItem(MARKER) ?? /(?:^|; )line3-enrolled=([0-9a-f-]{36})/.exec(document.cookie)?.[1] ?? null;
}

export function mark(deviceId: string): void {
  localStorage.setItem(MARKER, deviceId);
  localStorage.removeItem(CANDIDATE);
  cookie(deviceId, YEAR_S);
}

export function unmark(): void {
  localStorage.removeItem(MARKER);
  localStorage.removeItem(CANDIDATE);
  cookie("", 0);
}

/** For a phone that has none yet: the same until it is enrolled, so that asking again is the same. */
export function candidate(): string {
  const known = localStorage.getItem(CANDIDATE) ?? uuidv7();
  localStorage.setItem(CANDIDATE, known);
  return known;
}
