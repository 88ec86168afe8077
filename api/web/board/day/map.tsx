// The same day on the ground: rounds as lines, visits and waiting jobs as points. Needs no tiles.
import type { LayerGroup, PolylineOptions } from "leaflet";
import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { scaleBar } from "../../shared/scale.ts";
import { read } from "../../shared/server.ts";
import { layTiles } from "../../shared/tiles.ts";
import { look, shapes, words } from "../app.ts";
import type { BoardDay } from "./model.ts";
import { board, isAtRisk, matches, OVER, rows, select, selected, STARTED } from "./state.ts";

type At = [number, number];

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim() || "#777";
}

/** The tokens are light-dark() pairs, which a canvas does not understand: asked of an element that wears them. */
function worn(): Record<string, string> {
  const probe = document.createElement("span");
  document.body.append(probe);
  const found: Record<string, string> = {};
  for (const name of ["planned", "on-the-way", "done", "at-risk", "broken", "accent", "n0", "n5", "n8"]) {
    probe.style.color = colour(`--${name}`).startsWith("#") ? colour(`--${name}`) : `var(--${name})`;
    found[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return found;
}

export function DayMap() {
  const holder = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let stop: (() => void) | undefined;
    let gone = false;
    void import("leaflet").then((leaflet) => {
      if (gone || holder.current === null) return;
      const ground = leaflet.map(holder.current, { attributionControl: false, preferCanvas: true, zoomSnap: 0.25 });
      scaleBar(leaflet, (metres) => shapes.value.length(metres)).addTo(ground);
      void layTiles(leaflet, ground, () => read("/v1/map"));
      const layer = leaflet.layerGroup().addTo(ground);
      let framed = "";
      const follow = effect(() => {
        void look.value;
        const points = pointsOf(board.value);
        const day = `${board.value?.areaId} ${board.value?.on}`;
        // first where, then what: whoever looks at a part of it goes on looking at that part
        if (points.length > 0 && framed !== day) {
          ground.fitBounds(leaflet.latLngBounds(points).pad(0.08), { animate: false, maxZoom: 16 });
          framed = day;
        }
        if (framed !== "") draw(leaflet, layer);
      });
      const measure = new ResizeObserver(() => ground.invalidateSize({ animate: false }));
      measure.observe(holder.current);
      stop = () => {
        follow();
        measure.disconnect();
        ground.remove();
      };
    });
    return () => {
      gone = true;
      stop?.();
    };
  }, []);
  return (
    <div class="mapped">
      <div class="ground" role="region" aria-label={words.value.day.mapLabel} ref={holder} />
      <Legend />
    </div>
  );
}

/** What stands on this ground and is not said by the timeline. */
function Legend() {
  const w = words.value.day.legend;
  const day = board.value;
  const dark = day?.outages.length ?? 0;
  const waiting = day?.waiting.length ?? 0;
  if (dark + waiting === 0) return null;
  return (
    <ul class="legend" aria-label={w.title}>
      {dark > 0 && (
        <li>
          <span class="swatch dark" aria-hidden="true" /> {w.dark}
        </li>
      )}
      {waiting > 0 && (
        <li>
          <span class="swatch waits" aria-hidden="true" /> {w.waits}
        </li>
      )}
    </ul>
  );
}

/** Metres around the place, where the ground is not known: it grows with how many there are. */
function reach(affected: number): number {
  return 60 * Math.sqrt(Math.max(affected, 2));
}

function initials(name: string): string {
  return name
    .split(/\s+/)
    .slice(0, 2)
    .map((part) => [...part][0] ?? "")
    .join("");
}

function pointsOf(day: BoardDay | null): At[] {
  if (day === null) return [];
  const some = [...day.technicians.flatMap((one) => one.stops), ...day.waiting, ...day.depots, ...day.outages.flatMap((one) => one.around)];
  return some.map((one): At => [one.latitude, one.longitude]);
}

function draw(leaflet: typeof import("leaflet"), layer: LayerGroup): void {
  layer.clearLayers();
  const day = board.value;
  if (day === null) return;
  const ink = worn();
  const chosen = selected.value;
  const point = (at: At, options: object, title: string, jobId: string, technicianId: string | null): void => {
    leaflet.circleMarker(at, options).bindTooltip(title).on("click", () => select(jobId, technicianId)).addTo(layer);
  };
  // below all else, the largest first: what lies on it can be chosen
  for (const outage of day.outages) {
    const isIt = outage.jobId === chosen.jobId;
    const shape = { color: isIt ? ink["accent"] : ink["broken"], weight: isIt ? 4 : 2, fillColor: ink["broken"], fillOpacity: isIt ? 0.28 : 0.14, lineJoin: "round" } as const;
    const corners = outage.around.map((one): At => [one.latitude, one.longitude]);
    const area = corners.length > 2 ? leaflet.polygon(corners, shape) : leaflet.circle([outage.latitude, outage.longitude], { ...shape, radius: reach(outage.affected) });
    area.bindTooltip(`${outage.jobNumber} · ${words.value.day.affected(outage.affected)}`, { sticky: true }).on("click", () => select(outage.jobId)).addTo(layer);
  }
  for (const technician of rows.value) {
    const isChosen = technician.technicianId === chosen.technicianId;
    const stops = technician.stops.filter((one) => one.state !== "cancelled");
    const way: At[] = [...(technician.start === null ? [] : [[technician.start.latitude, technician.start.longitude] as At]), ...stops.map((one): At => [one.latitude, one.longitude])];
    const line: PolylineOptions = { color: isChosen ? ink["accent"] : ink["n5"], weight: isChosen ? 4 : 1.5, opacity: isChosen ? 0.9 : chosen.technicianId === null ? 0.6 : 0.25, interactive: false };
    leaflet.polyline(way, line).addTo(layer);
    for (const [index, stop] of stops.entries()) {
      const fill = OVER.has(stop.state) ? ink["done"] : stop.risk === "late" ? ink["broken"] : isAtRisk(stop) ? ink["at-risk"] : STARTED.has(stop.state) ? ink["on-the-way"] : ink["planned"];
      const isIt = stop.jobId === chosen.jobId;
      const options = { radius: isIt ? 10 : isChosen ? 7 : 5, color: isIt ? ink["n8"] : ink["n0"], weight: isIt ? 3 : 1, fillColor: fill, fillOpacity: matches(stop, technician) ? 1 : 0.2 };
      point([stop.latitude, stop.longitude], options, `${index + 1} · ${stop.title} · ${stop.address}`, stop.jobId, technician.technicianId);
      if (isChosen) {
        const icon = leaflet.divIcon({ html: `<span class="map-number">${index + 1}</span>`, className: "", iconSize: [18, 18] });
        leaflet.marker([stop.latitude, stop.longitude], { icon, interactive: false, keyboard: false }).addTo(layer);
      }
    }
  }
  for (const technician of rows.value) {
    // where somebody is: the visit under way, else the last one that is over
    const at = technician.stops.findLast((one) => STARTED.has(one.state) || OVER.has(one.state));
    if (at === undefined || technician.absent) continue;
    const icon = leaflet.divIcon({ html: `<span class="map-person"></span>`, className: "", iconSize: [24, 18], iconAnchor: [12, 26] });
    const marker = leaflet.marker([at.latitude, at.longitude], { icon, keyboard: false }).bindTooltip(technician.displayName);
    marker.on("add", () => (marker.getElement()?.firstElementChild ?? document.body).append(initials(technician.displayName)));
    marker.on("click", () => select(null, technician.technicianId)).addTo(layer);
  }
  for (const job of day.waiting) {
    const isIt = job.jobId === chosen.jobId;
    point([job.latitude, job.longitude], { radius: isIt ? 11 : 8, color: ink["broken"], weight: isIt ? 4 : 2.5, fillColor: ink["n0"], fillOpacity: 1, dashArray: "3 3" }, `${job.title} · ${job.address}`, job.jobId, null);
  }
  for (const depot of day.depots) {
    const icon = leaflet.divIcon({ html: `<span class="map-depot"></span>`, className: "", iconSize: [14, 14] });
    leaflet.marker([depot.latitude, depot.longitude], { icon, interactive: true, keyboard: false }).bindTooltip(depot.name).addTo(layer);
  }
}
