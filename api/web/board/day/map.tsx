// The same day on the ground: rounds as lines, visits and waiting jobs as points. Needs no tiles.
import type * as Leaflet from "leaflet";
import { effect } from "@preact/signals";
import { Maximize2 } from "lucide-preact";
import { useEffect, useRef } from "preact/hooks";
import { scaleBar } from "../../shared/scale.ts";
import { read } from "../../shared/server.ts";
import { layTiles } from "../../shared/tiles.ts";
import { look, shapes, words } from "../app.ts";
import { lineOf, MARKS, markOf, outline, runs, shaped, together, type Mark, type MarkName } from "./marks.ts";
import type { BoardDay, BoardStop, BoardTechnician } from "./model.ts";
import { board, matches, OVER, rows, select, selected, STARTED } from "./state.ts";

type At = [number, number];
/** Labels nearer than this would lie on each other. */
const NUMBERS_PX = 36;
const PEOPLE_PX = 30;
/** Where the screen is lower than this, the map needs what the legend would take. */
const ROOM_FOR_LEGEND = 800;
/** Beside what is drawn: buttons above on the left, the scale below. */
const ROOM = { paddingTopLeft: [48, 32], paddingBottomRight: [32, 40], maxZoom: 16, animate: false } as const;

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim() || "#777";
}

/** The tokens are light-dark() pairs, which a canvas does not understand: asked of an element that wears them. */
function worn(): Record<string, string> {
  const probe = document.createElement("span");
  document.body.append(probe);
  const found: Record<string, string> = {};
  for (const name of [...Object.values(MARKS).map(({ ink }) => ink), "accent", "n0", "n8"]) {
    probe.style.color = colour(`--${name}`).startsWith("#") ? colour(`--${name}`) : `var(--${name})`;
    found[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return found;
}

let showAll: (() => unknown) | null = null;

export function DayMap() {
  const holder = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let stop: (() => void) | undefined;
    let gone = false;
    void import("leaflet").then((leaflet) => {
      if (gone || holder.current === null) return;
      const ground = leaflet.map(holder.current, { attributionControl: false, renderer: leaflet.canvas({ tolerance: 3 }), zoomSnap: 0.25 });
      scaleBar(leaflet, (metres) => shapes.value.length(metres)).addTo(ground);
      void layTiles(leaflet, ground, () => read("/v1/map"));
      const layer = leaflet.layerGroup().addTo(ground);
      let framed = "";
      let isTouched = false;
      const touched = () => (isTouched = true);
      for (const kind of ["pointerdown", "wheel", "keydown"]) holder.current.addEventListener(kind, touched, { passive: true });
      const frame = () => {
        const points = pointsOf(leaflet, board.value);
        if (points.length > 0) ground.fitBounds(leaflet.latLngBounds(points), { ...ROOM, paddingTopLeft: [...ROOM.paddingTopLeft], paddingBottomRight: [...ROOM.paddingBottomRight] });
        return points.length > 0;
      };
      showAll = () => {
        isTouched = false;
        frame();
      };
      const follow = effect(() => {
        void look.value;
        const day = `${board.value?.areaId} ${board.value?.on}`;
        // first where, then what: whoever looks at a part of it goes on looking at that part
        if (framed !== day && frame()) {
          framed = day;
          isTouched = false;
        }
        if (framed !== "") draw(leaflet, ground, layer);
      });
      // labels that lay on each other may have room now
      ground.on("zoomend", () => framed !== "" && draw(leaflet, ground, layer));
      const measure = new ResizeObserver(() => {
        ground.invalidateSize({ animate: false });
        if (!isTouched && framed !== "") frame();
      });
      measure.observe(holder.current);
      stop = () => {
        showAll = null;
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
      <button type="button" class="icon-button map-all" aria-label={words.value.day.mapAll} title={words.value.day.mapAll} onClick={() => showAll?.()}>
        <Maximize2 size={16} aria-hidden="true" />
      </button>
      <Legend />
    </div>
  );
}

function live(technician: BoardTechnician): BoardStop[] {
  return technician.stops.filter((one) => one.state !== "cancelled");
}

/** What stands on this ground, and nothing that does not. */
function Legend() {
  const w = words.value.day;
  const day = board.value;
  if (day === null) return null;
  const there = new Set(rows.value.flatMap((one) => live(one).map(markOf)));
  return (
    <details class="legend" open={innerHeight >= ROOM_FOR_LEGEND}>
      <summary>{w.legend.title}</summary>
      <MapMarks of={there} waits={day.waiting.length > 0} dark={day.outages.length > 0} depot={day.depots.length > 0} />
    </details>
  );
}

/** What the marks of the map say; without `of` all that there are. */
export function MapMarks({ of, waits = true, dark = true, depot = true }: { of?: ReadonlySet<MarkName>; waits?: boolean; dark?: boolean; depot?: boolean }) {
  const w = words.value.day;
  const said: Record<MarkName, string> = { late: w.legend.late, tight: w.tight, review: w.inReview, onTheWay: w.state.on_my_way, working: w.legend.working, planned: w.state.published, done: w.state.done, notDone: w.legend.notDone };
  return (
    <ul class="map-marks">
      {Object.entries(MARKS)
        .filter(([name]) => of?.has(name as MarkName) ?? true)
        .map(([name, mark]: [string, Mark]) => (
          <li key={name}>
            <svg class="swatch" viewBox="-8 -8 16 16" aria-hidden="true">
              <path d={outline(mark, 6)} style={{ fill: mark.hollow === true ? "var(--n0)" : `var(--${mark.ink})`, stroke: `var(--${mark.ink})` }} />
            </svg>
            {said[name as MarkName]}
          </li>
        ))}
      {waits && (
        <li>
          <span class="swatch waits" aria-hidden="true" /> {w.legend.waits}
        </li>
      )}
      {dark && (
        <li>
          <span class="swatch dark" aria-hidden="true" /> {w.legend.dark}
        </li>
      )}
      {depot && (
        <li>
          <span class="swatch map-depot" aria-hidden="true" /> {w.legend.depot}
        </li>
      )}
    </ul>
  );
}

/** Metres around the place, where the ground is not known: it grows with how many there are. */
function reach(affected: number): number {
  return 60 * Math.sqrt(Math.max(affected, 2));
}

/** "AB"; of "Technician 10" all of the number. */
function initials(name: string): string {
  return name
    .split(/\s+/)
    .slice(0, 2)
    .map((part) => (/^\d+$/.test(part) ? part : ([...part][0] ?? "")))
    .join("");
}

function placeOf(one: { latitude: number; longitude: number }): At {
  return [one.latitude, one.longitude];
}

/** The way of a round: from where it begins, if somebody goes anywhere. */
function wayOf(technician: BoardTechnician): At[] {
  const stops = live(technician).map(placeOf);
  return technician.start === null || stops.length === 0 ? stops : [placeOf(technician.start), ...stops];
}

/** All that is drawn, with the ground that circles take. */
function pointsOf(leaflet: typeof Leaflet, day: BoardDay | null): Leaflet.LatLngTuple[] {
  if (day === null) return [];
  const circles = day.outages.filter((one) => one.around.length < 3).map((one) => leaflet.latLng(placeOf(one)).toBounds(2 * reach(one.affected)));
  return [
    ...day.technicians.flatMap(wayOf),
    ...[...day.waiting, ...day.depots, ...day.outages.flatMap((one) => one.around)].map(placeOf),
    ...circles.flatMap((one): At[] => [[one.getSouth(), one.getWest()], [one.getNorth(), one.getEast()]]),
  ];
}

/** A label of words that are written in as text, never read as markup. */
function labelled(leaflet: typeof Leaflet, at: Leaflet.LatLngExpression, style: string, text: string, anchor: Leaflet.PointTuple, options: Leaflet.MarkerOptions = {}): Leaflet.Marker {
  const label = document.createElement("span");
  label.className = style;
  label.textContent = text;
  return leaflet.marker(at, { icon: leaflet.divIcon({ html: label, className: "map-label", iconSize: [0, 0], iconAnchor: anchor }), keyboard: false, ...options });
}

function draw(leaflet: typeof Leaflet, ground: Leaflet.Map, layer: Leaflet.LayerGroup): void {
  layer.clearLayers();
  const day = board.value;
  if (day === null) return;
  const ink = worn();
  drawOutages(leaflet, layer, day, ink);
  const all = new Map(day.technicians.map((one, index) => [one.technicianId, index]));
  // what was chosen lies above the others
  const shown = [...rows.value].sort((a, b) => Number(isChosen(a)) - Number(isChosen(b)));
  for (const technician of shown) drawWay(leaflet, layer, technician, all.get(technician.technicianId) ?? 0, ink);
  const mark = shaped(leaflet);
  for (const technician of shown) drawStops(layer, mark, technician, ink);
  for (const job of day.waiting) {
    const isIt = job.jobId === selected.value.jobId;
    const options = { radius: isIt ? 11 : 8, color: ink["broken"] ?? "", weight: isIt ? 4 : 2.5, fillColor: ink["n0"] ?? "", fillOpacity: 1, dashArray: "3 3" };
    leaflet.circleMarker(placeOf(job), options).bindTooltip(`${job.title} · ${job.address}`).on("click", () => select(job.jobId)).addTo(layer);
  }
  for (const depot of day.depots) labelled(leaflet, placeOf(depot), "map-depot", "", [8, 8]).bindTooltip(depot.name).addTo(layer);
  drawPeople(leaflet, ground, layer);
  for (const technician of shown.filter(isChosen)) drawNumbers(leaflet, ground, layer, technician);
}

function isChosen(technician: BoardTechnician): boolean {
  return technician.technicianId === selected.value.technicianId;
}

/** Below all else, the largest first: what lies on it can be chosen. */
function drawOutages(leaflet: typeof Leaflet, layer: Leaflet.LayerGroup, day: BoardDay, ink: Record<string, string>): void {
  for (const outage of day.outages) {
    const isIt = outage.jobId === selected.value.jobId;
    const shape = { color: (isIt ? ink["accent"] : ink["broken"]) ?? "", weight: isIt ? 4 : 1.5, fillColor: ink["broken"] ?? "", fillOpacity: isIt ? 0.2 : 0.08, lineJoin: "round" } as const;
    const corners = outage.around.map(placeOf);
    const area = corners.length > 2 ? leaflet.polygon(corners, shape) : leaflet.circle(placeOf(outage), { ...shape, radius: reach(outage.affected) });
    area.bindTooltip(`${outage.jobNumber} · ${words.value.day.affected(outage.affected)}`, { sticky: true }).on("click", () => select(outage.jobId)).addTo(layer);
  }
}

function drawWay(leaflet: typeof Leaflet, layer: Leaflet.LayerGroup, technician: BoardTechnician, index: number, ink: Record<string, string>): void {
  const way = wayOf(technician);
  if (isChosen(technician)) {
    leaflet.polyline(way, { color: ink["n0"] ?? "", weight: 7, opacity: 0.9, interactive: false }).addTo(layer);
    leaflet.polyline(way, { color: ink["accent"] ?? "", weight: 3.5, opacity: 1, interactive: false }).addTo(layer);
    return;
  }
  const line = { ...lineOf(index), weight: 1.5, opacity: selected.value.technicianId === null ? 0.6 : 0.2 };
  leaflet.polyline(way, line).bindTooltip(technician.displayName, { sticky: true }).on("click", () => select(null, technician.technicianId)).addTo(layer);
}

function drawStops(layer: Leaflet.LayerGroup, mark: ReturnType<typeof shaped>, technician: BoardTechnician, ink: Record<string, string>): void {
  const chosen = isChosen(technician);
  const faint = selected.value.technicianId !== null && !chosen;
  for (const [index, stop] of live(technician).entries()) {
    const { shape, ink: named, hollow }: Mark = MARKS[markOf(stop)];
    const isIt = stop.jobId === selected.value.jobId;
    const opacity = !matches(stop, technician) ? 0.2 : faint ? 0.45 : 1;
    const edge = isIt ? ink["n8"] : hollow === true ? ink[named] : ink["n0"];
    const options = { radius: isIt ? 9 : chosen ? 7 : 5, color: edge ?? "", weight: isIt ? 3 : 1.25, opacity, fillColor: (hollow === true ? ink["n0"] : ink[named]) ?? "", fillOpacity: opacity };
    mark(placeOf(stop), shape, options).bindTooltip(`${index + 1} · ${stop.title} · ${stop.address}`).on("click", () => select(stop.jobId, technician.technicianId)).addTo(layer);
  }
}

/** In which order the chosen round goes; where stops lie on each other, their numbers stand together. */
function drawNumbers(leaflet: typeof Leaflet, ground: Leaflet.Map, layer: Leaflet.LayerGroup, technician: BoardTechnician): void {
  const numbered = live(technician).map((stop, index) => ({ at: placeOf(stop), n: index + 1 }));
  for (const group of together(numbered, ({ at }) => ground.latLngToLayerPoint(at), NUMBERS_PX)) {
    const [first] = group;
    if (first !== undefined) labelled(leaflet, first.at, "map-number", runs(group.map(({ n }) => n)), [-6, 22], { interactive: false }).addTo(layer);
  }
}

/** Where somebody is: at the visit under way, else at the last one that is over. */
function drawPeople(leaflet: typeof Leaflet, ground: Leaflet.Map, layer: Leaflet.LayerGroup): void {
  const there = rows.value.flatMap((technician) => {
    const at = technician.absent ? undefined : technician.stops.findLast((one) => STARTED.has(one.state) || OVER.has(one.state));
    return at === undefined ? [] : [{ technician, at: placeOf(at) }];
  });
  // the chosen one stands alone, above the others
  const alone = there.filter(({ technician }) => isChosen(technician)).map((one) => [one]);
  const others = there.filter(({ technician }) => !isChosen(technician));
  for (const group of [...together(others, ({ at }) => ground.latLngToLayerPoint(at), PEOPLE_PX), ...alone]) {
    const [first] = group;
    if (first === undefined) continue;
    const text = `${initials(first.technician.displayName)}${group.length > 1 ? ` +${group.length - 1}` : ""}`;
    const style = `map-person ${isChosen(first.technician) ? "chosen" : selected.value.technicianId === null ? "" : "faint"}`;
    const closer = () => ground.fitBounds(leaflet.latLngBounds(group.map(({ at }) => at)), { padding: [48, 48], maxZoom: ground.getZoom() + 3 });
    labelled(leaflet, first.at, style, text, [12, 26], { zIndexOffset: isChosen(first.technician) ? 1000 : 0 })
      .bindTooltip(group.map(({ technician }) => technician.displayName).join(", "))
      .on("click", () => (group.length === 1 ? select(null, first.technician.technicianId) : closer()))
      .addTo(layer);
  }
}
