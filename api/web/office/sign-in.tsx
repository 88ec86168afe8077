// Signing in, by name and password; and signing in again, above what somebody was at.
import { useEffect, useRef, useState } from "preact/hooks";
import { Field } from "../shared/parts.tsx";
import { Problem } from "../shared/server.ts";
import { me, meaning, newLogin, shapes, signIn, title, words } from "./app.ts";

/** Who signed in last on this page. */
let lastLogin = "";

/** A wrong name and a wrong password are not told apart; how long somebody has to wait is. */
function reason(error: unknown): string {
  const w = words.value.signIn;
  if (!(error instanceof Problem)) return meaning(error);
  const wait = error.body["waitSeconds"];
  if (typeof wait === "number") return w.wait(shapes.value.duration(wait));
  return error.status === 401 ? w.wrong : meaning(error);
}

function SignInForm({ isAgain = false }: { isAgain?: boolean }) {
  const w = words.value.signIn;
  const known = newLogin.value || lastLogin;
  const [login, setLogin] = useState(known);
  const [password, setPassword] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | null>(null);
  const enter = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setTrouble(null);
    try {
      await signIn(login, password);
      lastLogin = login;
    } catch (error) {
      setTrouble(reason(error));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void enter(event)}>
      <h1 id="sign-in-title">{isAgain ? w.again : title.value}</h1>
      {isAgain && <p>{w.over(me.value?.displayName ?? "")}</p>}
      {newLogin.value !== "" && (
        <p class="notice good" role="status">
          {words.value.password.done}
        </p>
      )}
      <Field label={w.login}>
        <input autocomplete="username" autocapitalize="none" required autofocus={known === ""} value={login} onInput={(event) => setLogin(event.currentTarget.value)} />
      </Field>
      <Field label={w.password}>
        <input type="password" autocomplete="current-password" required autofocus={known !== ""} value={password} onInput={(event) => setPassword(event.currentTarget.value)} />
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
  );
}

export function SignIn() {
  return (
    <main class="sign-in">
      <SignInForm />
    </main>
  );
}

/** Above whatever was open, which stays as it is; there is nothing to go back to without it. */
export function SignInAgain() {
  const dialog = useRef<HTMLDialogElement>(null);
  const show = () => dialog.current?.open === false && dialog.current.showModal();
  useEffect(() => void show(), []);
  return (
    <dialog ref={dialog} class="sign-in-again" aria-labelledby="sign-in-title" onCancel={(event) => event.preventDefault()} onClose={show}>
      <SignInForm isAgain />
    </dialog>
  );
}
