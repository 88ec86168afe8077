"""Why: what each stop costs where it stands and who else could go, why a job was left out, and what forcing it would do."""

from optimizer.explain.answers import Bar, Forced, Instead, Moved, Reason
from optimizer.explain.blocks import block, explain, explain_each, explained, why_not
from optimizer.explain.forced import force
from optimizer.explain.stops import reasons

__all__ = [
    "Bar",
    "Forced",
    "Instead",
    "Moved",
    "Reason",
    "block",
    "explain",
    "explain_each",
    "explained",
    "force",
    "reasons",
    "why_not",
]
