"""Who may do what after a closure, as addresses under /v1: `test_access.py` walks them with all others."""

from db.states import Role

SUPPORT_NUMBERS = ("support-numbers", "support-numbers.csv")
AFTER_CLOSURE: dict[Role, set[str]] = {
    Role.DISPATCHER: {"credits", "setup/credit-tables", "save setup/credit-tables/example"},
    Role.SUPPORT: {
        "credits",
        "credit-statement",
        "subscribers/{}/credits",
        "tickets/{}/credits",
        "tickets/{}/credit-claims",
        "callbacks",
        "callbacks/next",
        "callbacks/{}/outcome",
        "complaints",
        "complaints/{}",
        *SUPPORT_NUMBERS,
    },
    Role.SUPERVISOR: {
        "credits",
        "credit-statement",
        "credit-exports",
        "credit-exports/{}/file",
        "save setup/credit-tables/example",
        "subscribers/{}/credits",
        "tickets/{}/credits",
        "setup/credit-tables",
        "save setup/credit-tables",
        "complaints",
        "complaints/{}",
        "complaints/{}/answer",
        *SUPPORT_NUMBERS,
    },
    Role.AUDITOR: {"credits"},
    Role.TECHNICIAN: set(),
}
