"""What customers answer to surveys: it is kept, told to who must know, and has its consequence."""

import uuid
from typing import Any

from core.messages import Button
from handoff.aftercare import texts as aftercare
from handoff.aftercare.surveys import (
    ANSWERABLE,
    SCALE,
    Answers,
    Next,
    Survey,
    SurveyKind,
    action,
    follow,
    is_low,
)
from handoff.agents import Agent
from handoff.alerts import AlertKind, raise_alert
from handoff.cases import Case, case_of
from handoff.gaps.noting import note_ticket_question
from handoff.gaps.tables import Why
from handoff.handover import find_open_ticket
from handoff.life import OPEN_STATES, EventKind
from handoff.questions import Answered, Pressed
from handoff.tickets import Ticket
from handoff.work import reopen


async def press(pressed: Pressed) -> Answered | None:
    """Take an answer to a survey of this conversation. None for those of others, or of none."""
    survey = await _find_survey(pressed)
    if survey is None:
        return None
    if pressed.now - survey.sent_at > ANSWERABLE:
        return Answered(text=aftercare.too_late(pressed.language))
    ticket = await pressed.session.get_one(Ticket, survey.ticket_id, populate_existing=True)
    case = case_of(pressed, ticket)
    _, choice, *rest = pressed.parts
    value = pressed.text if choice == "comment" else "".join(rest)
    # Work goes on in one ticket of a conversation: in this one, or in another that was opened since.
    working = (
        ticket if ticket.state in OPEN_STATES else await find_open_ticket(case.session, case.conversation)
    )
    found = follow(survey.answers, choice, value, is_open=working is not None)
    if found is None:
        return None
    before, (after, following) = survey.answers, found
    await _keep(case, survey, before, after, is_complaint=pressed.is_complaint)
    if following is Next.REOPEN:
        await reopen(case, why="not_solved")
        return Answered()
    if following is Next.OPEN and working is not None:
        return await _tell_open(pressed, working)
    return _ask_on(pressed, survey, after, following)


async def _find_survey(pressed: Pressed) -> Survey | None:
    if len(pressed.parts) < 2:
        return None
    try:
        key = uuid.UUID(pressed.parts[0])
    except ValueError:
        return None
    survey = await pressed.session.get(Survey, key, populate_existing=True)
    return survey if survey and survey.conversation_id == pressed.conversation.id else None


async def _keep(case: Case, survey: Survey, before: Answers, after: Answers, *, is_complaint: bool) -> None:
    """Write down what is new, in the ticket's history too; whoever was first asked, and the supervisor, hear of bad news."""
    if after == before:
        return
    survey.solved, survey.score, survey.comment = after.solved, after.score, after.comment
    survey.answered_at = survey.answered_at or case.now
    await case.session.flush()
    news: dict[str, Any] = {}
    if after.solved is not before.solved:
        news["solved"] = after.solved
    if after.score != before.score:
        news["score"] = after.score
    if after.comment != before.comment:
        news["text"] = after.comment
    await case.record(EventKind.SURVEYED, survey=survey.kind, **news)
    if news.get("solved") is False or ("score" in news and is_low(after)):
        await note_ticket_question(case.session, case.ticket, Why.DISLIKED, at=case.now)
    if "score" in news and is_low(after):
        await _alert(case, survey, "low_score")
    if "text" in news and is_complaint:
        await _alert(case, survey, "complaint")


async def _alert(case: Case, survey: Survey, why: str) -> None:
    owner = case.ticket.first_owner_id
    await raise_alert(
        case.session,
        case.ticket,
        AlertKind.SURVEY,
        settings=case.settings,
        at=case.now,
        cause=f"{survey.id}:{why}",
        agents=[owner] if owner else [],
        usernames=case.settings.supervisors_of(case.ticket.queue),
        why=why,
        score=survey.score,
    )


async def _tell_open(pressed: Pressed, working: Ticket) -> Answered:
    assignee = await pressed.session.get(Agent, working.assignee_id) if working.assignee_id else None
    name = assignee.name if assignee else None
    return Answered(text=aftercare.is_open(pressed.language, number=working.number, agent=name))


def _ask_on(pressed: Pressed, survey: Survey, answers: Answers, following: Next) -> Answered:
    language, kind = pressed.language, answers.kind
    match following:
        case Next.SCORE:
            scale = tuple(
                Button(action=action(survey, "score", score), label=str(score)) for score in SCALE[kind]
            )
            ask = aftercare.ask_recommendation if kind is SurveyKind.NPS else aftercare.ask_score
            return pressed.ask(ask(language), scale)
        case Next.COMMENT:
            skip = Button(action=action(survey, "skip"), label=aftercare.SKIP[language])
            text = aftercare.ask_comment(language, is_low=is_low(answers))
            return pressed.ask(text, (skip,), awaits=action(survey, "comment"))
        case Next.THANKS:
            return Answered(text=aftercare.thanks(language, has_comment=answers.comment is not None))
        case _:
            return Answered(text=aftercare.known(language))
