// A place: its address, looked up where the operator has a geocoder, and a pin that can be put by hand on a ground without tiles.
import { MapPin, Search } from "lucide-preact";
import type { Map as Ground, Marker } from "leaflet";
import { useEffect, useRef, useState } from "preact/hooks";
import { uuidv7 } from "uuidv7";
import { scaleBar } from "../../shared/scale.ts";
import { post, Problem, read } from "../../shared/server.ts";
import { layTiles } from "../../shared/tiles.ts";
import { inArea, language, meaning, shapes } from "../app.ts";
import type { Schemas } from "../../office/model.ts";
import { Checked } from "./checked.tsx";
import { keep, type DepotOut, type PlaceIn, type PlaceOut } from "./model.ts";
import { w } from "./words.ts";

type LocatedOut = Schemas["LocatedOut"];
type Point = [number, number];

/** As it is being written: without a point there is no place yet. */
export interface PlaceForm {
  placeId: string | null;
  version: number;
  isTouched: boolean;
  place: Omit<PlaceIn, "latitude" | "longitude"> & { latitude: number | ""; longitude: number | "" };
}

export function noPlace(): PlaceForm {
  const place = { address: "", city: "", street: "", house: "", flat: "", postcode: "", latitude: "", longitude: "", foundBy: "given", accessNote: "" } as const;
  return { placeId: null, version: 0, isTouched: false, place };
}

export async function placeOf(placeId: string | null): Promise<PlaceForm> {
  if (placeId === null) return noPlace();
  const { version, placeId: id, ...place } = await read<PlaceOut>(inArea(`/v1/setup/places/${placeId}`));
  return { placeId: id, version, isTouched: false, place };
}

export const hasPlace = ({ place }: PlaceForm): boolean => place.address !== "" && place.latitude !== "" && place.longitude !== "";

/** Saves it where something of it was changed; which place it is. */
export async function keepPlace(form: PlaceForm): Promise<string> {
  const placeId = form.placeId ?? uuidv7();
  if (form.isTouched || form.placeId === null) await keep<PlaceOut>(`places/${placeId}`, form.place, form.version);
  return placeId;
}

/** Somewhere near, to begin the map with. */
async function nearby(): Promise<Point> {
  const { items } = await read<{ items: DepotOut[] }>(inArea("/v1/setup/depots"));
  const [first] = items;
  if (first === undefined) return [47.5, 19.05];
  const { latitude, longitude } = await read<PlaceOut>(inArea(`/v1/setup/places/${first.placeId}`));
  return [latitude, longitude];
}

interface PlaceFieldProps {
  value: PlaceForm;
  change: (value: PlaceForm) => void;
  legend?: string;
}

export function PlaceField({ value, change, legend }: PlaceFieldProps) {
  const t = w().place;
  const latest = useRef(value);
  latest.current = value;
  const set = (some: Partial<PlaceForm["place"]>) => change({ ...latest.current, isTouched: true, place: { ...latest.current.place, ...some } });
  const { place } = value;
  const line = (name: "address" | "city" | "street" | "house" | "flat" | "postcode" | "accessNote", isNeeded = false) => (
    <label class="field" key={name}>
      <span>
        {t[name]}
        {isNeeded && <span class="aside"> ({w().required})</span>}
      </span>
      <Checked required={isNeeded} autocomplete="off" value={place[name]} onInput={(event) => set({ [name]: event.currentTarget.value })} />
    </label>
  );
  const degrees = (name: "latitude" | "longitude", most: number) => (
    <label class="field">
      <span>
        {t[name]}
        <span class="aside"> ({w().required})</span>
      </span>
      <Checked
        type="number"
        required
        step="any"
        min={-most}
        max={most}
        value={place[name]}
        onInput={(event) => set({ [name]: event.currentTarget.value === "" ? "" : event.currentTarget.valueAsNumber, foundBy: "pin" })}
      />
    </label>
  );
  return (
    <fieldset class="place">
      <legend>{legend ?? t.legend}</legend>
      {line("address", true)}
      <LookUp address={place.address} choose={(found) => set({ ...found, foundBy: "geocoder" })} />
      <PinMap
        at={place.latitude === "" || place.longitude === "" ? null : [place.latitude, place.longitude]}
        put={([latitude, longitude]) => set({ latitude, longitude, foundBy: "pin" })}
      />
      <div class="pair">
        {degrees("latitude", 90)}
        {degrees("longitude", 180)}
      </div>
      {place.latitude !== "" && <p class="aside">{t.foundBy[place.foundBy]}</p>}
      <details>
        <summary>{t.details}</summary>
        <div class="fields">
          <div class="pair">{(["city", "street"] as const).map((name) => line(name))}</div>
          <div class="triple">{(["house", "flat", "postcode"] as const).map((name) => line(name))}</div>
          {line("accessNote")}
        </div>
      </details>
    </fieldset>
  );
}

function LookUp({ address, choose }: { address: string; choose: (found: LocatedOut) => void }) {
  const t = w().place;
  const [found, setFound] = useState<LocatedOut[] | null>(null);
  const [said, setSaid] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const ask = async () => {
    setBusy(true);
    setSaid(null);
    try {
      const { items } = await post<{ items: LocatedOut[] }>("/v1/setup/located-addresses", { address, language: language.value });
      const [only] = items;
      if (items.length === 1 && only !== undefined) choose(only);
      setFound(items.length > 1 ? items : null);
      setSaid(items.length === 0 ? t.notFound : null);
    } catch (error) {
      setSaid(error instanceof Problem && error.kind.endsWith("/geocoder-silent") ? t.silent : meaning(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="look-up">
      <button type="button" class="button small" disabled={isBusy || address.trim() === ""} onClick={() => void ask()}>
        <Search size={16} aria-hidden="true" />
        {t.lookUp}
      </button>
      <p class="aside" role="status">
        {said}
      </p>
      {found !== null && (
        <ul class="plain" aria-label={t.found}>
          {found.map((one) => (
            <li key={`${one.latitude} ${one.longitude}`}>
              <button
                type="button"
                class="button plain small"
                onClick={() => {
                  choose(one);
                  setFound(null);
                }}
              >
                <MapPin size={16} aria-hidden="true" />
                {one.address}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

const CLOSE = 16;

function PinMap({ at, put }: { at: Point | null; put: (at: Point) => void }) {
  const holder = useRef<HTMLDivElement>(null);
  const drawn = useRef<{ ground: Ground; pin: Marker } | null>(null);
  const latest = useRef({ at, put });
  latest.current = { at, put };
  useEffect(() => {
    let isGone = false;
    void Promise.all([import("leaflet"), at ?? nearby().catch((): Point => [0, 0])]).then(([leaflet, begin]) => {
      const { map, divIcon, marker } = leaflet;
      if (isGone || holder.current === null) return;
      const ground = map(holder.current, { attributionControl: false, zoomSnap: 0.25 }).setView(begin, latest.current.at === null ? 12 : CLOSE, { animate: false });
      scaleBar(leaflet, (metres) => shapes.value.length(metres)).addTo(ground);
      void layTiles(leaflet, ground, () => read("/v1/map"));
      const icon = divIcon({ html: `<span class="map-pin"></span>`, className: "", iconSize: [28, 28], iconAnchor: [14, 28] });
      const pin = marker(begin, { icon, draggable: true, keyboard: false, alt: w().place.legend });
      const said = ({ lat, lng }: { lat: number; lng: number }): Point => [Number(lat.toFixed(6)), Number(lng.toFixed(6))];
      pin.on("dragend", () => latest.current.put(said(pin.getLatLng())));
      ground.on("click", (event) => latest.current.put(said(event.latlng)));
      if (latest.current.at !== null) pin.addTo(ground);
      drawn.current = { ground, pin };
    });
    return () => {
      isGone = true;
      drawn.current?.ground.remove();
      drawn.current = null;
    };
  }, []);
  useEffect(() => {
    const here = drawn.current;
    if (here === null || at === null || at.some((one) => !Number.isFinite(one))) return;
    here.pin.setLatLng(at).addTo(here.ground);
    if (!here.ground.getBounds().contains(at)) here.ground.setView(at, CLOSE, { animate: false });
  }, [at?.[0], at?.[1]]);
  return <div class="pin-map" ref={holder} role="group" aria-label={w().place.map} />;
}
