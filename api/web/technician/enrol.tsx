// Signing in, once: by the dispatcher's link, or by name and password.
import { useEffect, useState } from "preact/hooks";
import { deviceId, enrolled, evicted, meta, words } from "./app.ts";
import { unmark } from "./marker.ts";
import type { Me, Redeemed } from "./model.ts";
import { replace } from "../shared/route.ts";
import { post, Problem } from "../shared/server.ts";
import { deviceName, enrolDevice } from "./server.ts";
import { Field, Heading } from "./ui.tsx";

type Trouble = "wrong" | "badLink" | "offline" | "notTechnician" | "taken";

const NOT_THIS_ONE = ["/problems/device-revoked", "/problems/device-taken"];

/** As the phone it was; where that one is locked or somebody else's, and nothing of it is left here, as a new one. */
async function asThisPhone<T>(enrol: (deviceId: string) => Promise<T>): Promise<T> {
  try {
    return await enrol(deviceId());
  } catch (error) {
    if (meta.value !== null || !(error instanceof Problem) || !NOT_THIS_ONE.includes(error.kind)) throw error;
    unmark();
    return enrol(deviceId());
  }
}

async function byLink(code: string): Promise<void> {
  const answer = await asThisPhone((id) => post<Redeemed>("/v1/mobile/enrol", { code, deviceId: id, name: deviceName() }));
  await enrolled(answer.me, answer.device);
}

async function byPassword(login: string, password: string): Promise<void> {
  const me = await post<Me>("/v1/sign-in", { login, password });
  try {
    if (me.roles.every((role) => role.technicianId == null)) throw new Problem(403, { type: "not-technician" });
    await enrolled(me, await asThisPhone(enrolDevice));
  } catch (error) {
    // a session that is not this phone's would stand before its own key
    await post("/v1/sign-out", {}).catch(() => undefined);
    throw error;
  }
}

function troubleOf(error: unknown, by: "link" | "password"): Trouble {
  if (!(error instanceof Problem) || error.status >= 500) return "offline";
  if (error.kind === "/problems/device-taken") return "taken";
  if (error.kind === "not-technician" || error.status === 403) return "notTechnician";
  return by === "link" ? "badLink" : "wrong";
}

export function Enrol({ code }: { code: string | null }) {
  const w = words.value.enrol;
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const [working, setWorking] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const go = async (by: "link" | "password", sign: () => Promise<void>) => {
    setWorking(true);
    setTrouble(null);
    try {
      await sign();
      replace("/");
    } catch (error) {
      setTrouble(troubleOf(error, by));
    } finally {
      setWorking(false);
    }
  };
  useEffect(() => {
    if (code !== null) void go("link", () => byLink(code));
  }, [code]);
  return (
    <>
      <Heading title={w.title} back={meta.value === null ? undefined : "/"} />
      <div class="content">
        {evicted.value && (
          <div class="notice bad" role="alert">
            <b>{words.value.lost.title}</b>
            <p>{words.value.lost.evicted}</p>
          </div>
        )}
        {meta.value !== null && <p class="notice warn">{w.again}</p>}
        <p>{w.intro}</p>
        <form
          class="sheet"
          onSubmit={(event) => {
            event.preventDefault();
            void go("password", () => byPassword(login, password));
          }}
        >
          <Field label={w.login}>
            <input autocomplete="username" autocapitalize="none" required value={login} onInput={(event) => setLogin(event.currentTarget.value)} />
          </Field>
          <Field label={w.password}>
            <input type="password" autocomplete="current-password" required value={password} onInput={(event) => setPassword(event.currentTarget.value)} />
          </Field>
          {trouble !== null && (
            <p class="notice bad" role="alert">
              {w[trouble]}
            </p>
          )}
          <button type="submit" class="button primary wide" disabled={working}>
            {working ? w.working : w.signIn}
          </button>
        </form>
      </div>
    </>
  );
}
