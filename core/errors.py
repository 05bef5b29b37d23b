"""Errors that more than one package raises or catches.

ShouwenError
├── ConfigError          the operator's files or variables need mending
├── SchemaError          the database does not fit this version
├── NotFound             what was named does not exist (or is not yours to see)
├── NotAllowed           it exists, but its state or your role forbids this
└── BadInput             what was sent cannot be used as it is

Every message says what is wrong and how to mend it; it is shown to people.
"""


class ShouwenError(Exception):
    """Base of all our errors."""


class ConfigError(ShouwenError):
    """A setting is wrong; `where` names the file and line or the variable."""

    def __init__(self, where: str, problem: str, mend: str) -> None:
        super().__init__(f"{where}: {problem}. {mend}")
        self.where = where
        self.problem = problem
        self.mend = mend


class SchemaError(ShouwenError):
    """The database is older or newer than this version of the program."""

    def __init__(self, found: str | None, problem: str, mend: str) -> None:
        super().__init__(f"{problem}. {mend}")
        self.found = found


class NotFound(ShouwenError):
    """Nothing of this kind has this id."""

    def __init__(self, kind: str, key: object) -> None:
        super().__init__(f"no {kind} has the id {key}")
        self.kind = kind
        self.key = key


class NotAllowed(ShouwenError):
    """The state of the thing, or the actor's role, forbids the act."""


class BadInput(ShouwenError):
    """What was sent cannot be used; `field` names the part to mend."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem
