"""Who may do what after a closure, as addresses under /v1: `test_access.py` walks them with all others."""

from db.states import Role

AFTER_CLOSURE: dict[Role, set[str]] = {
    Role.DISPATCHER: {"credits", "setup/credit-tables"},
    Role.SUPPORT: {
        "credits",
        "subscribers/{}/credits",
        "tickets/{}/credits",
        "tickets/{}/credit-claims",
        "callbacks",
        "callbacks/next",
        "callbacks/{}/outcome",
        "complaints",
        "complaints/{}",
    },
    Role.SUPERVISOR: {
        "credits",
        "subscribers/{}/credits",
        "tickets/{}/credits",
        "setup/credit-tables",
        "save setup/credit-tables",
        "complaints",
        "complaints/{}",
        "complaints/{}/answer",
    },
    Role.AUDITOR: {"credits"},
    Role.TECHNICIAN: set(),
}
