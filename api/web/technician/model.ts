// The names of what the server says, from its OpenAPI document.
import type { components } from "../generated/api.d.ts";

type Schemas = components["schemas"];
export type VisibleArea = Schemas["VisibleArea"];
export type VisibleJob = Schemas["VisibleJob"];
export type VisibleVisit = Schemas["VisibleVisit"];
export type VisibleVan = Schemas["VisibleVan"];
export type VisibleTariff = Schemas["VisibleTariff"];
export type Exchanged = Schemas["Exchanged"];
export type OwnRound = Schemas["OwnRoundOut"];
export type Fairness = Schemas["OwnFairnessOut"];
export type Redeemed = Schemas["Redeemed"];
export type Device = Schemas["DeviceOut"];
export type Me = Schemas["Me"];
export type VisitState = Schemas["VisitState"];
export type Location = Schemas["Location"];
export type Cause = Schemas["Cause"];
export type Action = Schemas["Action"];
