// The round as a map that needs no tiles: a plain ground, a scale, numbered stops, the line of the round.
import { useEffect, useRef } from "preact/hooks";
import type { Map as Ground } from "leaflet";
import { scaleBar } from "../shared/scale.ts";
import { read } from "../shared/server.ts";
import { layTiles } from "../shared/tiles.ts";
import { shapes, stops, words } from "./app.ts";
import { go } from "../shared/route.ts";
import { Empty, Heading } from "./ui.tsx";
import { isOver, isSetAside } from "./visit/attendance.ts";

export function RoundMap() {
  const w = words.value.map;
  const holder = useRef<HTMLDivElement>(null);
  const some = stops.value;
  // drawn anew only where something of it changed: whoever looks at a part of it goes on looking at that part
  const drawn = JSON.stringify(some.map(({ job, visit, done }) => [visit.visitId, done.state, job.place]));
  useEffect(() => {
    let ground: Ground | null = null;
    let gone = false;
    void import("leaflet").then((leaflet) => {
      const { map, divIcon, latLngBounds, marker, polyline } = leaflet;
      if (gone || holder.current === null || some.length === 0) return;
      ground = map(holder.current, { attributionControl: false, zoomControl: true, zoomSnap: 0.25 });
      scaleBar(leaflet, (metres) => shapes.value.length(metres)).addTo(ground);
      void layTiles(leaflet, ground, () => read("/v1/map"));
      const points = some.map(({ job }) => [job.place.latitude, job.place.longitude] as [number, number]);
      polyline(points, { color: "var(--accent)", weight: 4, opacity: 0.7 }).addTo(ground);
      const next = some.findIndex(({ done }) => !isOver(done.state) && !isSetAside(done.state));
      some.forEach(({ visit, done, job }, index) => {
        const look = isOver(done.state) ? "over" : index === next ? "next" : "";
        const icon = divIcon({ html: `<span class="pin ${look}">${index + 1}</span>`, className: "", iconSize: [32, 32] });
        const title = `${w.you} ${index + 1}: ${job.place.address}`;
        const at = marker(points[index] as [number, number], { icon, alt: title, title, keyboard: true });
        at.on("click", () => go(`/visit/${visit.visitId}`)).addTo(ground as Ground);
      });
      ground.fitBounds(latLngBounds(points).pad(0.2), { animate: false, maxZoom: 16 });
    });
    return () => {
      gone = true;
      ground?.remove();
    };
  }, [drawn]);
  return (
    <>
      <Heading title={w.title} />
      <div class="content">
        {some.length === 0 ? <Empty title={w.none} /> : <div class="ground" ref={holder} />}
        {some.length > 0 && <p class="aside">{w.noTiles}</p>}
      </div>
    </>
  );
}
