// Signing in, by name and password.
import { useState } from "preact/hooks";
import { Field } from "../shared/parts.tsx";
import { Problem } from "../shared/server.ts";
import { meaning, newLogin, signIn, words } from "./app.ts";

export function SignIn() {
  const w = words.value.signIn;
  const [login, setLogin] = useState(newLogin.value);
  const [password, setPassword] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | null>(null);
  const enter = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setTrouble(null);
    try {
      await signIn(login, password);
    } catch (error) {
      setTrouble(error instanceof Problem && error.status === 401 ? w.wrong : meaning(error));
      setBusy(false);
    }
  };
  return (
    <main class="sign-in">
      <form onSubmit={(event) => void enter(event)}>
        <h1>{w.title}</h1>
        {newLogin.value !== "" && (
          <p class="notice good" role="status">
            {words.value.password.done}
          </p>
        )}
        <Field label={w.login}>
          <input autocomplete="username" autocapitalize="none" required value={login} onInput={(event) => setLogin(event.currentTarget.value)} />
        </Field>
        <Field label={w.password}>
          <input type="password" autocomplete="current-password" required value={password} onInput={(event) => setPassword(event.currentTarget.value)} />
        </Field>
        {trouble !== null && (
          <p class="notice bad" role="alert">
            {trouble}
          </p>
        )}
        <button type="submit" class="button primary" disabled={isBusy}>
          {isBusy ? w.working : w.enter}
        </button>
      </form>
    </main>
  );
}
