"""The procedure of a complaint: its stages, and which step is legal when. Pure.

accepted → investigating → proposed → fed back → followed up → closed
               ↑              │ refused  │ looked into again
               └──────────────┴──────────┘

It is accepted when somebody takes the ticket, and begins anew with each episode. `handoff.facts` moves the stage by this
table, so that the log alone rebuilds it.
"""

from collections.abc import Mapping
from enum import StrEnum

from handoff.life import EventKind
from handoff.refusals import Objection, Refused


class Stage(StrEnum):
    """How far a complaint is."""

    ACCEPTED = "accepted"  # 已受理: somebody has taken the ticket
    INVESTIGATING = "investigating"  # 调查中: an investigator is named
    PROPOSED = "proposed"  # 已提方案: the customer has a proposal, and has not answered
    FED_BACK = "fed_back"  # 已反馈: the answer is there, or is known not to come
    FOLLOWED_UP = "followed_up"  # 已回访: somebody else has asked whether it is well
    CLOSED = "closed"  # 已办结


class Answer(StrEnum):
    """What became of a proposal."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"  # the customer takes the complaint back
    NOT_REACHED = "not_reached"  # and cannot be asked


class Means(StrEnum):
    """How the customer answered."""

    BUTTON = "button"
    WORDS = "words"  # exactly what a button says
    TOLD = "told"  # an agent heard it, by telephone or in other words


class RootCause(StrEnum):
    """Why it came to the complaint."""

    PROCESS = "process"  # 流程
    PEOPLE = "people"  # 人员
    PRODUCT = "product"  # 产品
    POLICY = "policy"  # 政策


class Outcome(StrEnum):
    """What a follow-up visit found."""

    SATISFIED = "satisfied"
    DISSATISFIED = "dissatisfied"
    NOT_REACHED = "not_reached"


def _in_place(*stages: Stage) -> Mapping[Stage | None, Stage | None]:
    """Says something of the complaint, and does not move it."""
    return {stage: stage for stage in stages}


_UNDER_WAY = (Stage.ACCEPTED, Stage.INVESTIGATING, Stage.PROPOSED, Stage.FED_BACK)
_LOOKED_INTO = (Stage.INVESTIGATING, Stage.PROPOSED, Stage.FED_BACK)

STEPS: Mapping[EventKind, Mapping[Stage | None, Stage | None]] = {
    EventKind.COMPLAINED_OF: _in_place(*_UNDER_WAY),
    EventKind.INVESTIGATES: dict.fromkeys(
        (Stage.ACCEPTED, Stage.INVESTIGATING, Stage.FED_BACK), Stage.INVESTIGATING
    ),
    EventKind.PROPOSED: dict.fromkeys((Stage.INVESTIGATING, Stage.PROPOSED), Stage.PROPOSED),
    EventKind.AGREED: {Stage.PROPOSED: Stage.FED_BACK},
    EventKind.REFUSED: {Stage.PROPOSED: Stage.INVESTIGATING},
    EventKind.WAIVED: dict.fromkeys((Stage.ACCEPTED, Stage.INVESTIGATING, Stage.PROPOSED), Stage.FED_BACK),
    EventKind.FOUND_CAUSE: _in_place(*_LOOKED_INTO),
    EventKind.ACTION_SET: _in_place(*_LOOKED_INTO),
    EventKind.VISIT_TRIED: _in_place(Stage.FED_BACK),
    EventKind.VISITED: {Stage.FED_BACK: Stage.FOLLOWED_UP},
    EventKind.CLOSED: {None: None, Stage.FOLLOWED_UP: Stage.CLOSED},
}

# What is recorded of an answer.
ANSWERED: Mapping[Answer, EventKind] = {
    Answer.ACCEPTED: EventKind.AGREED,
    Answer.DECLINED: EventKind.REFUSED,
    Answer.WITHDRAWN: EventKind.WAIVED,
    Answer.NOT_REACHED: EventKind.WAIVED,
}

NO_STAGE = "no complaint, or was not taken yet,"


class IllegalStep(Refused):
    """This cannot be done with a complaint at this stage."""

    def __init__(self, stage: Stage | None, kind: EventKind) -> None:
        allowed = ", ".join(each for each, steps in STEPS.items() if stage in steps)
        super().__init__(Objection.STAGE, stage=stage or NO_STAGE, kind=kind, allowed=allowed)
        self.stage = stage
        self.kind = kind


def advance(stage: Stage | None, kind: EventKind, *, is_complaint: bool, is_taken: bool) -> Stage | None:
    """The stage after an event; None is outside of the procedure. Raises `IllegalStep`.

    `is_complaint` and `is_taken` are what the ticket is after it.
    """
    if kind in STEPS:
        if stage not in STEPS[kind]:
            raise IllegalStep(stage, kind)
        return STEPS[kind][stage]
    if kind is EventKind.REOPENED or not is_complaint:
        return None
    if kind is EventKind.RESOLVED and stage is not Stage.FED_BACK:
        return None  # by a version that knew no procedure; this one refuses: `handoff.complaints.records`
    return Stage.ACCEPTED if stage is None and is_taken else stage


def may(stage: Stage | None, kind: EventKind) -> bool:
    """Whether a step is legal now."""
    return stage in STEPS[kind]
