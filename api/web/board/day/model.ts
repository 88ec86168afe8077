// What the board shows of a day, as the server says it.
import type { Schemas } from "../model.ts";

export type BoardDay = Schemas["BoardDay"];
export type BoardTechnician = BoardDay["technicians"][number];
export type BoardStop = BoardTechnician["stops"][number];
export type WaitingJob = BoardDay["waiting"][number];
export type Attention = BoardDay["attention"][number];
/** A place for a job: what it costs more than where it stands, in seconds of travel, and which hard rules it breaks. */
export interface Trial {
  technicianId: string;
  startAt: string;
  cost: number;
  extraTravelSeconds: number;
  breaks: { code: string; seconds: number | null; jobNumber: string | null; sentence: string }[];
  after: string | null;
}
export interface Trials {
  rows: Trial[];
  asked?: Trial | null;
}
export interface Message {
  to: string;
  language: string;
  text: string;
}
export type Run = Schemas["PlanRunOut"];

/** What is looked at, in all panels: a job with or without a place, or a technician's whole day. */
export interface Selection {
  jobId: string | null;
  technicianId: string | null;
}
