// One build for each face: APP=technician vite build. What it makes lies in dist/APP and is served by the API under /APP/,
// the subscriber's under /visit/.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { defineConfig, type Plugin } from "vite";

const app = process.env.APP ?? "technician";
const folder = resolve(import.meta.dirname, app);
/** All but the phone have the same. */
const given = existsSync(resolve(folder, "public")) ? resolve(folder, "public") : resolve(import.meta.dirname, "office/public");
const worker = resolve(folder, "sw.ts");

function digest(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex").slice(0, 16);
}

/** The service worker learns the names of all that was built: names hold the content's hash, so they are their own version. */
function precache(): Plugin {
  return {
    name: "line3-precache",
    enforce: "post",
    generateBundle(_options, bundle) {
      const worker = bundle["sw.js"];
      if (worker?.type !== "chunk") return;
      const hashed = Object.keys(bundle).filter((name) => name.startsWith("assets/"));
      const named = ["icon.svg", "manifest.webmanifest"];
      const page = bundle["index.html"];
      const entries = [
        ...hashed.filter((url) => !url.endsWith(".wasm")).map((url) => ({ url, revision: null })),
        { url: "index.html", revision: digest(page?.type === "asset" ? page.source : "") },
        ...named.map((url) => ({ url, revision: digest(readFileSync(resolve(given, url))) })),
      ];
      worker.code = worker.code
        .replace("self.__PRECACHE", JSON.stringify(entries))
        .replace("self.__LATER", JSON.stringify(hashed.filter((url) => url.endsWith(".wasm"))));
    },
  };
}

export default defineConfig({
  root: folder,
  base: app === "subscriber" ? "/visit/" : `/${app}/`,
  publicDir: given,
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [precache()],
  build: {
    outDir: resolve(import.meta.dirname, "dist", app),
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: { index: resolve(folder, "index.html"), ...(existsSync(worker) ? { sw: worker } : {}) },
      output: { entryFileNames: (chunk) => (chunk.name === "sw" ? "sw.js" : "assets/[name]-[hash].js") },
    },
  },
});
