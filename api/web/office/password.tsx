// Setting a password by a link; then it is signed in with it, so that whoever set it knows that they have it.
import { useState } from "preact/hooks";
import { Field } from "../shared/parts.tsx";
import { replace } from "../shared/route.ts";
import { post, Problem } from "../shared/server.ts";
import { me, meaning, newLogin, signOut, words } from "./app.ts";
import type { Schemas } from "./model.ts";

const LEAST = 12;

export function SetPassword({ code }: { code: string }) {
  const w = words.value.password;
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | null>(null);
  const save = async (event: Event) => {
    event.preventDefault();
    if (password !== again) return setTrouble(w.differ);
    setBusy(true);
    setTrouble(null);
    try {
      newLogin.value = (await post<Schemas["PasswordSet"]>("/v1/password", { code, password })).login;
      if (me.value) await signOut();
      replace("/");
    } catch (error) {
      setTrouble(error instanceof Problem && (error.status === 401 || error.status === 429) ? w.wrong : meaning(error));
      setBusy(false);
    }
  };
  return (
    <main class="sign-in">
      <form onSubmit={(event) => void save(event)}>
        <h1>{w.title}</h1>
        <Field label={w.password} hint={w.hint}>
          <input type="password" autocomplete="new-password" required minLength={LEAST} value={password} onInput={(event) => setPassword(event.currentTarget.value)} />
        </Field>
        <Field label={w.again}>
          <input type="password" autocomplete="new-password" required value={again} onInput={(event) => setAgain(event.currentTarget.value)} />
        </Field>
        {trouble !== null && (
          <p class="notice bad" role="alert">
            {trouble}
          </p>
        )}
        <button type="submit" class="button primary" disabled={isBusy}>
          {isBusy ? words.value.signIn.working : w.save}
        </button>
      </form>
    </main>
  );
}
