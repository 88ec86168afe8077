"""The nouns: one immutable Struct per table, its fields the table's columns (a test compares them).

Instants are aware datetimes, durations timedeltas, money integer minor units, texts as given.
"""

from db.records.alerts import Alert
from db.records.areas import Area, AreaSettings, Installation, Session, Staff, StaffAreaRole, Token
from db.records.base import Record
from db.records.charges import Charge, ChargeReversal, ChargeWaiver, Closure, Consent, Quote, QuoteLine
from db.records.fairness import FairnessDay
from db.records.jobs import Appointment, Diagnosis, Escalation, Job, Reading, Ticket
from db.records.kinds import (
    AgreementText,
    ChecklistItem,
    JobKindVersion,
    LineTest,
    Tariff,
    TariffLine,
    TermsText,
)
from db.records.outgoing import FeedChange, JournalEntry, Message, OutboxMessage, PushSubscription
from db.records.plans import (
    Plan,
    PlannedRoute,
    PlanRun,
    Round,
    RouteStop,
    RunProgress,
    RunTravel,
    UnassignedJob,
    Visit,
    VisitCrew,
)
from db.records.reasons import Elsewhere, MovedAside, Obstacle, PlanReason, Tried, WhyNot, WouldHelp
from db.records.reports import InboxEvent, Photo, PhotoUpload, Report, Review
from db.records.slots import Nothing, Proposal, SlotOffer, SlotQuote, WouldFit
from db.records.subscribers import Contact, Depot, NetworkElement, Place, Subscriber
from db.records.technicians import (
    Device,
    DeviceGap,
    Enrolment,
    Skill,
    Stock,
    StockMove,
    Technician,
    TechnicianDay,
)
from db.records.travel import TravelRow

__all__ = [
    "AgreementText",
    "Alert",
    "Appointment",
    "Area",
    "AreaSettings",
    "Charge",
    "ChargeReversal",
    "ChargeWaiver",
    "ChecklistItem",
    "Closure",
    "Consent",
    "Contact",
    "Depot",
    "Device",
    "DeviceGap",
    "Diagnosis",
    "Elsewhere",
    "Enrolment",
    "Escalation",
    "FairnessDay",
    "FeedChange",
    "InboxEvent",
    "Installation",
    "Job",
    "JobKindVersion",
    "JournalEntry",
    "LineTest",
    "Message",
    "MovedAside",
    "NetworkElement",
    "Nothing",
    "Obstacle",
    "OutboxMessage",
    "Photo",
    "PhotoUpload",
    "Place",
    "Plan",
    "PlanReason",
    "PlanRun",
    "PlannedRoute",
    "Proposal",
    "PushSubscription",
    "Quote",
    "QuoteLine",
    "Reading",
    "Record",
    "Report",
    "Review",
    "Round",
    "RouteStop",
    "RunProgress",
    "RunTravel",
    "Session",
    "Skill",
    "SlotOffer",
    "SlotQuote",
    "Staff",
    "StaffAreaRole",
    "Stock",
    "StockMove",
    "Subscriber",
    "Tariff",
    "TariffLine",
    "Technician",
    "TechnicianDay",
    "TermsText",
    "Ticket",
    "Token",
    "TravelRow",
    "Tried",
    "UnassignedJob",
    "Visit",
    "VisitCrew",
    "WhyNot",
    "WouldFit",
    "WouldHelp",
]
