// The pictures that a map lies on, where the operator has configured any; else the ground stays plain, and nobody is asked.
import type * as Leaflet from "leaflet";
import type { components } from "../generated/api.d.ts";

type MapOut = components["schemas"]["MapOut"];

const FINEST = 19;
/** Rounds and outages are what is looked at. */
const OPACITY = 0.65;

/** `ask`: the server; where it is out of reach the ground is plain, as without any pictures. */
export async function layTiles({ control, tileLayer }: typeof Leaflet, ground: Leaflet.Map, ask: () => Promise<MapOut>): Promise<void> {
  const { tiles } = await ask().catch((): MapOut => ({ tiles: null }));
  // looked at for so short a time that it is gone already
  if (tiles === null || !ground.getContainer().isConnected) return;
  const said = document.createElement("span");
  said.textContent = tiles.attribution;
  // who serves tiles to everybody wants to know for whom
  tileLayer(tiles.url, { attribution: said.innerHTML, maxZoom: FINEST, opacity: OPACITY, referrerPolicy: "origin" }).addTo(ground);
  control.attribution({ prefix: false }).addTo(ground);
}
