// The names of what the server says, from its OpenAPI document.
import type { components } from "../generated/api.d.ts";

export type Schemas = components["schemas"];
export type Me = Schemas["Me"];
export type AreaOut = Schemas["AreaOut"];
