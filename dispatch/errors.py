"""What the firm answers instead of doing it. A class is a name and a sentence; `api/problems.py` maps kinds to HTTP.

The class name in kebab-case is the problem's slug, the docstring its title, keyword facts are its members.

    Refused
    ├── Unknown                  there is no such thing, or it is not yours
    │   ├── UnknownContract  UnknownJob  UnknownVisit  UnknownPlan  UnknownPlanRun  UnknownReview  UnknownTechnician  UnknownDay
    │   ├── UnknownSlotQuote  UnknownProposal  UnknownAlert  UnknownWhyNot  UnknownWhatIf  UnknownTicket  UnknownOutage  UnknownSubscriber  UnknownCallback  UnknownComplaint  UnknownCredit  UnknownExport
    │   ├── UnknownLink  UnknownConversation
    │   └── UnknownSession  UnknownDevice  UnknownPhoto  UnknownPlace
    ├── Invalid                  it makes no sense as it stands
    │   ├── UnknownFaultClass  UnknownTerms  WindowImpossible  InstantImpossible  DaysImpossible
    │   ├── UnknownReference  HoursImpossible  ValidityImpossible  NotChangeable  NotATable  AbsenceImpossible
    │   ├── UnknownOffer  NotAnImage  UpgradeNeeded  NotAnOutbox  WrongOutboxCode  PeriodImpossible  PushServiceUnknown
    │   └── NotInPlan  NotSupposable  OutOfRange  KeyReused
    ├── Contradicted             it was true once, or something else came first
    │   ├── EscalationReused  TransitionRefused  PlanSuperseded  VisitStarted  DeviceTaken  NotEligible  NoRoom
    │   ├── SlotTaken  QuoteExpired  NotBookable  OutageHolds  AppointmentMissing  OutageKnown
    │   ├── NotInHand  ConsentMissing  NotVerified  TicketOpen
    │   ├── CreditedBefore  NothingOwed  TroubleGoesOn  NothingToExport
    │   ├── ProposalOutdated  NothingToUndo  NotAcceptable  PartNeedsMore  PartOutdated
    │   ├── ChangedSince  RulesBroken  AlreadyTaken  AbsenceOverlaps  LoanOverlaps
    │   ├── PhotoReused  OffsetWrong  HashMismatch
    │   └── KeyInFlight
    ├── NetworkSilent            nothing can be measured or done remotely now
    ├── GeocoderSilent           no address is looked up now: put the pin
    ├── Stale                    your version is not today's
    ├── NotAllowed               your role does not do this
    │   └── WrongDigits  LinkLocked      of a subscriber's link
    ├── NotSignedIn              who are you?
    │   └── WrongPassword  WrongCode  DeviceRevoked
    ├── TooMany                  not so fast
    │   ├── TooManyTries         said as WrongPassword is
    │   ├── TooManyOutboxCodes
    │   ├── TooManyLinks         said as UnknownLink is
    │   ├── TooManyWindows
    │   ├── TooManyNames
    │   └── TooManyCodes         said as WrongCode is
    └── ChunkDamaged  UploadBusy  DiskFull  StoreUnreachable      of photos: the phone keeps them and comes back
"""

import re


class Refused(Exception):
    """Refused."""

    def __init__(self, **facts: object) -> None:
        super().__init__(self.title())
        self.facts = facts

    @classmethod
    def slug(cls) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()

    @classmethod
    def title(cls) -> str:
        return (cls.__doc__ or cls.__name__).strip()


class Unknown(Refused):
    """There is no such thing here."""


class UnknownContract(Unknown):
    """No subscriber has this contract."""


class UnknownJob(Unknown):
    """There is no such job here."""


class UnknownTicket(Unknown):
    """There is no such ticket here."""


class UnknownOutage(Unknown):
    """There is no such outage here."""


class UnknownSubscriber(Unknown):
    """There is no such subscriber here."""


class UnknownCallback(Unknown):
    """There is no such callback here."""


class UnknownCredit(Unknown):
    """There is no such credit here."""


class UnknownExport(Unknown):
    """There is no such export."""


class UnknownComplaint(Unknown):
    """There is no such complaint here."""


class UnknownConversation(Unknown):
    """There is no such conversation or answer here."""


class UnknownPlan(Unknown):
    """There is no such plan here."""


class UnknownPlanRun(Unknown):
    """There is no such planning run here."""


class UnknownReview(Unknown):
    """There is no such review here."""


class UnknownVisit(Unknown):
    """There is no such visit here."""


class UnknownTechnician(Unknown):
    """There is no such technician here."""


class UnknownDay(Unknown):
    """The technician has no shift on this day."""


class UnknownSlotQuote(Unknown):
    """There is no such slot quote here."""


class UnknownProposal(Unknown):
    """There is no such proposal here."""


class UnknownAlert(Unknown):
    """There is no such alert here."""


class UnknownWhyNot(Unknown):
    """There is no such question here."""


class UnknownWhatIf(Unknown):
    """There is no such trial here."""


class UnknownSession(Unknown):
    """There is no such session."""


class UnknownDevice(Unknown):
    """This phone is not enrolled."""


class UnknownPhoto(Unknown):
    """There is no such photo here."""


class UnknownPlace(Unknown):
    """There is no such place here."""


class UnknownLink(Unknown):
    """This link is wrong or over: please call, or ask for a new one."""


class Invalid(Refused):
    """This makes no sense."""


class UnknownFaultClass(Invalid):
    """No job kind takes this fault class."""


class UnknownTerms(Invalid):
    """There are no such terms in this language."""


class WindowImpossible(Invalid):
    """An arrival window must end after it starts, last at most 24 hours and lie ahead."""


class AbsenceImpossible(Invalid):
    """Who comes later comes within the shift and after now; who comes on another day does so within three weeks."""


class InstantImpossible(Invalid):
    """No clock says this: before 2000, or more than two days ahead."""


class DaysImpossible(Invalid):
    """The days must be in order, not past, and at most 14."""


class UnknownReference(Invalid):
    """What this points at does not exist here."""


class OutOfRange(Invalid):
    """This is outside its limits."""


class HoursImpossible(Invalid):
    """A shift must end within a day, its break lie within it, and a day have one shift."""


class ValidityImpossible(Invalid):
    """A new version is valid from now on, or from an instant ahead."""


class NotChangeable(Invalid):
    """This cannot be changed any more."""


class NotATable(Invalid):
    """This is not a table with these columns."""


class UnknownOffer(Invalid):
    """The quote has no offer with this number."""


class NotAnImage(Invalid):
    """This is no JPEG, PNG, WebP or HEIC image of at most 50 million pixels."""


class PeriodImpossible(Invalid):
    """The days must be in order, and no more than are counted at once."""


class UpgradeNeeded(Invalid):
    """This app speaks another protocol than the server takes; nothing was stored, so keep everything and upgrade."""


class NotAnOutbox(Invalid):
    """This is not a file that a phone exported, or it is damaged."""


class WrongOutboxCode(Invalid):
    """The code does not open this file, or the file is damaged."""


class PushServiceUnknown(Invalid):
    """This is not the address of a push service that may be spoken to."""


class NotInPlan(Invalid):
    """The plan changes nothing of this job."""


class NotSupposable(Invalid):
    """This cannot be supposed of the day: something that it needs is missing, or is not so on that day."""


class KeyReused(Invalid):
    """This idempotency key came with another request before."""


class Contradicted(Refused):
    """Something else came first."""


class EscalationReused(Contradicted):
    """This escalation came before with another content."""


class TransitionRefused(Contradicted):
    """The state it is in does not allow this."""


class TicketOpen(Contradicted):
    """The subscriber has an open ticket: add to it, or say that this is another trouble."""


class PlanSuperseded(Contradicted):
    """Another plan was made since; look at that one."""


class VisitStarted(Contradicted):
    """The visit is under way and stays with its technician."""


class NotEligible(Contradicted):
    """This technician lacks what the job needs."""


class NoRoom(Contradicted):
    """There is no room for the visit in this round."""


class SlotTaken(Contradicted):
    """Somebody was faster: this window is full now, here are others."""


class QuoteExpired(Contradicted):
    """The offers have expired; ask for new ones."""


class NotBookable(Contradicted):
    """In this state the job takes no appointment."""


class OutageHolds(NotBookable):
    """It is dark there: an outage explains this job, and nobody is sent for it until service is restored."""


class OutageKnown(Contradicted):
    """This lies within an outage that was accepted before."""


class AppointmentMissing(Contradicted):
    """The job has no appointment."""


class ProposalOutdated(Contradicted):
    """The rounds have changed since; ask for new proposals."""


class ChangedSince(Contradicted):
    """Somebody changed it since you looked: see who and what, and decide again."""


class RulesBroken(Contradicted):
    """This breaks rules that nobody has taken upon herself."""


class NothingToUndo(Contradicted):
    """Nothing of this version can be taken back any more."""


class PartNeedsMore(Contradicted):
    """These changes can go out only together with others of the plan."""


class PartOutdated(Contradicted):
    """The days have changed since: these changes cannot go out any more."""


class DeviceTaken(Contradicted):
    """This phone is enrolled for somebody else."""


class PhotoReused(Contradicted):
    """This photo came before with another content."""


class OffsetWrong(Contradicted):
    """The upload stands elsewhere: go on from there."""


class HashMismatch(Contradicted):
    """What arrived is not what was announced: send it again from the beginning."""


class NotAcceptable(Contradicted):
    """This cannot be taken into force; it can only be dismissed."""


class AlreadyTaken(Contradicted):
    """Something else has this name already."""


class AbsenceOverlaps(Contradicted):
    """The technician is absent on one of these days already."""


class LoanOverlaps(Contradicted):
    """The technician is lent on one of these days already."""


class NotInHand(Contradicted):
    """This is not in your hands: take it first."""


class NotVerified(Contradicted):
    """It is not known that the caller speaks for the contract."""


class ConsentMissing(Contradicted):
    """This is done only with the subscriber's consent."""


class CreditedBefore(Contradicted):
    """This outage was credited before, and nothing has been added to it since."""


class NothingOwed(Contradicted):
    """By the terms of credit nothing is owed for this."""


class NothingToExport(Contradicted):
    """Everything that was credited in this period has been exported already, or nothing was."""


class TroubleGoesOn(Contradicted):
    """The trouble is not over: what is owed for it is worked out when it is."""


class KeyInFlight(Contradicted):
    """A request with this idempotency key is being worked on."""


class NetworkSilent(Refused):
    """The network does not answer: nothing can be measured or done remotely now."""


class GeocoderSilent(Refused):
    """No address can be looked up now; put the pin by hand."""


class Stale(Refused):
    """It changed since you read it."""


class NotAllowed(Refused):
    """Your role does not do this."""


class WrongDigits(NotAllowed):
    """These are not the last four digits of the contract's phone."""


class LinkLocked(NotAllowed):
    """Wrong digits came too often: nothing can be moved or cancelled by this link any more. Please call."""


class NotSignedIn(Refused):
    """Please sign in."""


class WrongPassword(NotSignedIn):
    """The name or the password is wrong, or there were too many tries: wait and try again."""


class WrongCode(NotSignedIn):
    """This link is wrong, used or expired: ask for a new one."""


class DeviceRevoked(NotSignedIn):
    """This phone was revoked."""


class TooMany(Refused):
    """Too many requests; wait and try again."""


class TooManyOutboxCodes(TooMany):
    """Too many wrong codes; wait and try again."""


class TooManyLinks(TooMany):
    """This link is wrong or over: please call, or ask for a new one."""


class TooManyWindows(TooMany):
    """Other times were asked for too often; wait and try again."""


class TooManyNames(TooMany):
    """Three wrong names were said: verify another way, or call back on the contract's phone."""


class TooManyTries(TooMany):
    """The name or the password is wrong, or there were too many tries: wait and try again."""


class TooManyCodes(TooMany):
    """This link is wrong, used or expired: ask for a new one."""


class ChunkDamaged(Refused):
    """This piece was damaged on the way: send it again."""


class UploadBusy(Refused):
    """Another request is writing this photo right now."""


class DiskFull(Refused):
    """There is no room for the photo now; what is here is kept."""


class StoreUnreachable(Refused):
    """The store of photos does not answer; what is here is kept."""
