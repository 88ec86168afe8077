// Reading a serial number with the camera; typing it always works. The reader is loaded only when somebody scans.
import { ScanLine } from "lucide-preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { words } from "../app.ts";

const EVERY_MS = 250;

export function Scan({ found }: { found: (text: string) => void }) {
  const [open, setOpen] = useState(false);
  const [blind, setBlind] = useState(false);
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (!open) return;
    let camera: MediaStream | null = null;
    let timer = 0;
    let gone = false;
    const look = async () => {
      try {
        camera = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
        const { BarcodeDetector, prepareZXingModule } = await import("barcode-detector/ponyfill");
        const { default: wasm } = await import("zxing-wasm/reader/zxing_reader.wasm?url");
        prepareZXingModule({ overrides: { locateFile: () => wasm } });
        const reader = new BarcodeDetector({ formats: ["code_128", "code_39", "ean_13", "qr_code", "data_matrix"] });
        const screen = video.current;
        if (gone || screen === null) return camera.getTracks().forEach((track) => track.stop());
        screen.srcObject = camera;
        await screen.play();
        timer = window.setInterval(() => {
          void reader.detect(screen).then((codes) => {
            const text = codes[0]?.rawValue;
            if (text === undefined || gone) return;
            // separators of a coded group, or the lines of a longer text, are no part of a number
            found(text.replace(/[^\x20-\x7e]+/g, " ").trim().slice(0, 200));
            setOpen(false);
          });
        }, EVERY_MS);
      } catch {
        setBlind(true);
        setOpen(false);
      }
    };
    void look();
    return () => {
      gone = true;
      clearInterval(timer);
      camera?.getTracks().forEach((track) => track.stop());
    };
  }, [open]);
  return (
    <div class="scanner">
      <button type="button" class="button" onClick={() => setOpen(!open)}>
        <ScanLine size={20} aria-hidden="true" />
        {open ? words.value.cancel : words.value.parts.scan}
      </button>
      {blind && <p class="aside">{words.value.parts.noCamera}</p>}
      {open && (
        <>
          <video ref={video} muted playsInline aria-label={words.value.parts.scanning} />
          <p class="aside">{words.value.parts.scanning}</p>
        </>
      )}
    </div>
  );
}
