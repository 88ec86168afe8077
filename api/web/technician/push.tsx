// Being told that the round has changed while the app is closed: offered only where the server and the browser can.
import { useEffect, useState } from "preact/hooks";
import { meta, told, words } from "./app.ts";
import { put, read, remove } from "../shared/server.ts";
import { Choices } from "./ui.tsx";

const address = () => `/v1/mobile/devices/${meta.value?.deviceId}/push`;

async function pushes(): Promise<PushManager | null> {
  if (!("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) return null;
  return (await navigator.serviceWorker.getRegistration("/technician/"))?.pushManager ?? null;
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}

function base64(raw: ArrayBuffer | null): string {
  return btoa(String.fromCharCode(...new Uint8Array(raw ?? new ArrayBuffer(0))));
}

async function subscribe(manager: PushManager, publicKey: string): Promise<void> {
  // keys of another installation, or older ones, are refused by the browser while a subscription of theirs stands
  await (await manager.getSubscription())?.unsubscribe();
  const made = await manager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(publicKey) });
  await put<void>(address(), { endpoint: made.endpoint, key: base64(made.getKey("p256dh")), auth: base64(made.getKey("auth")) });
}

/** Also at signing out: the next one on this phone is somebody else. */
export async function unsubscribe(): Promise<void> {
  const standing = await (await pushes())?.getSubscription();
  if (standing == null) return;
  await standing.unsubscribe();
  await remove<void>(address()).catch(() => undefined);
}

export function Push() {
  const w = words.value.push;
  const [publicKey, setPublicKey] = useState<string | null>(null);
  const [on, setOn] = useState(false);
  useEffect(() => {
    void (async () => {
      const manager = await pushes();
      if (manager === null) return;
      setOn((await manager.getSubscription()) !== null);
      setPublicKey((await read<{ publicKey: string | null }>("/v1/mobile/push")).publicKey);
    })().catch(() => undefined);
  }, []);
  if (publicKey === null) return null;
  const choose = async (wanted: boolean) => {
    try {
      const manager = await pushes();
      if (!wanted) await unsubscribe();
      else if ((await Notification.requestPermission()) !== "granted") {
        told.value = { text: w.denied, tone: "bad" };
        return;
      } else if (manager !== null) await subscribe(manager, publicKey);
      setOn(wanted);
    } catch {
      // half a subscription would show as one, and tell nothing
      await unsubscribe().catch(() => undefined);
      setOn(false);
      told.value = { text: w.failed, tone: "bad" };
    }
  };
  return (
    <section class="card">
      <Choices label={w.label} name="push" among={["on", "off"] as const} say={(one) => w[one]} chosen={on ? "on" : "off"} choose={(one) => void choose(one === "on")} />
      <p class="aside">{w.why}</p>
    </section>
  );
}
