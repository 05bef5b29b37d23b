"""What is in order, what is not, and how to mend it. Looks, and changes nothing."""

import asyncio
import dataclasses
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from bot import checks
from bot.config import Config, Environment
from bot.desk_base import DeskBase
from bot.extras import extra
from bot.reports import check_reports
from bot.schema import check_schema, find_revision
from console.channel_texts import tell_finding
from console.texts import PageTexts
from core.database import UNAVAILABLE, Database, async_url
from core.errors import ConfigError, ShouwenError
from core.findings import Finding, Grade
from core.mail import Mailer, MailFailed
from handoff.adjusting.changes import laid_over, read_changes
from handoff.adjusting.layers import Laid, fit
from handoff.agents import Agent
from handoff.calendar import WorkingCalendar
from handoff.settings import DeskSettings
from nlu.knowledge.versions import find_live
from nlu.rasa.client import RasaClient

AHEAD = timedelta(days=60)  # how far ahead the calendar has to be known


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """One thing that was looked at."""

    subject: str
    grade: Grade
    text: str


async def examine(config: Config, environment: Environment, *, now: datetime) -> AsyncIterator[Diagnosis]:
    """Everything that is configured, one after the other."""
    yield look_at_folder(config.data_folder)
    looks: Sequence[Callable[[], Awaitable[list[Diagnosis]]]] = (
        lambda: look_at_database(config, environment, now=now),
        lambda: look_at_redis(environment),
        lambda: look_at_rasa(environment),
        lambda: look_at_telegram(config, environment, now=now),
        lambda: look_at_slack(config, environment),
        lambda: look_at_openid(environment),
        lambda: look_at_reports(config, environment),
    )
    for look in looks:
        for diagnosis in await look():
            yield diagnosis


def look_at_folder(folder: Path) -> Diagnosis:
    """Whether models and SQLite can be kept there."""
    place = next(each for each in (folder, *folder.parents) if each.exists())
    if place.is_dir() and os.access(place, os.W_OK):
        return _fine("data folder", str(folder))
    return _broken("data folder", f"nothing can be written into {place}. Change its owner, or data_folder")


async def look_at_database(config: Config, environment: Environment, *, now: datetime) -> list[Diagnosis]:
    """Its schema, the live version, who can sign in, and the settings that it holds; without it, those of config.yml."""
    configured = look_at_calendar(config.desk_settings().calendar, now=now)
    url = async_url(environment.database_url)
    name = url.set(drivername=url.get_backend_name()).render_as_string(hide_password=True)
    is_file = url.get_backend_name() == "sqlite"
    if is_file and not await asyncio.to_thread(Path(url.database or "").exists):
        return [_fine("database", f"{name} is made by the first start"), configured]
    database = Database(environment.database_url)
    try:
        if await find_revision(database) is None and database.is_sqlite:
            return [_fine("database", f"{name} is empty: the first start fills it"), configured]
        await check_schema(database)
        async with database.read() as session:
            live = await find_live(session)
            accounts = await session.scalars(select(Agent).where(Agent.left_at.is_(None)))
            people = {each.username: each.can_sign_in for each in accounts}
            laid = fit(DeskBase(config, environment), laid_over(await read_changes(session)))
    except ShouwenError as error:
        return [_broken("database", str(error)), configured]
    except UNAVAILABLE as error:
        reason = str(error).splitlines()[0]
        told = f"{name} does not answer ({reason}). Start it, or correct DATABASE_URL"
        return [_broken("database", told), configured]
    finally:
        await database.close()
    diagnoses = [_fine("database", name)]
    if live is None:
        diagnoses.append(_warning("knowledge base", "no version is live yet: the first start trains it"))
    else:
        diagnoses.append(_fine("knowledge base", f"version {live.version} is live"))
    agents = sum(people.values())
    if not agents and not config.web.demo:
        diagnoses.append(_warning("agents", "nobody can sign in to the desk. Run: shouwen user invite NAME"))
    elif not agents:
        diagnoses.append(
            _warning("agents", "only the demo agent, on this machine. Run: shouwen user invite NAME")
        )
    else:
        diagnoses.append(_fine("agents", f"{agents} can sign in"))
    if agents:
        diagnoses += look_at_people(laid.settings, people)
    return [*diagnoses, *look_at_settings(laid), look_at_calendar(laid.settings.calendar, now=now)]


def look_at_settings(laid: Laid) -> list[Diagnosis]:
    """What was changed in the console and does not fit config.yml any more."""
    return [
        _warning(
            "settings",
            f"what was changed in the console at desk.{place} is left out: {misfit}. "
            "Change it in /console/settings, or go back to config.yml there",
        )
        for place, misfit in laid.left_out
    ]


def look_at_people(settings: DeskSettings, usernames: Collection[str]) -> list[Diagnosis]:
    """Whether those who are named for the desk have accounts, and every promise somebody who answers for it."""
    found = [
        _warning("people", f"{name} is named under desk and has no account. Run: shouwen user invite {name}")
        for name in sorted(settings.named_people() - set(usernames))
    ]
    for name, queue in settings.queues.items():
        if queue.owner is None:
            meanwhile = " and ".join(settings.answering_for(name)) or "all of its people"
            told = (
                f"a ticket of the queue {name} that nobody has taken yet is up to {meanwhile}. To have one person answer "
                f"for it, set desk.queues.{name}.owner"
            )
            found.append(_warning("people", told))
        if not settings.supervisors_of(name):
            told = (
                f"nobody in particular is told when a deadline of the queue {name} has passed, but all of its people. "
                "Set desk.supervisors"
            )
            found.append(_warning("people", told))
    return found or [_fine("people", "every queue has an owner and a supervisor")]


async def look_at_redis(environment: Environment) -> list[Diagnosis]:
    """Whether it answers."""
    if environment.redis_url is None:
        return []
    try:
        with extra("redis", "REDIS_URL"):
            from core.redis_wakeups import RedisWakeups  # noqa: PLC0415
        await RedisWakeups(environment.redis_url).ping()
    except ShouwenError as error:
        return [_broken("Redis", str(error))]
    except OSError as error:
        told = f"does not answer ({error}). Start it, or correct REDIS_URL; meanwhile processes poll the database"
        return [_broken("Redis", told)]
    return [_fine("Redis", "answers")]


async def look_at_rasa(environment: Environment) -> list[Diagnosis]:
    """Whether it answers, and serves a model."""
    if environment.rasa_url is None:
        return []
    try:
        with closing(RasaClient(environment.rasa_url)) as client:
            model = await asyncio.to_thread(client.loaded_model)
    except ShouwenError as error:
        told = (
            f"{error}. Start it (make rasa-run), or correct RASA_URL; meanwhile the embedded engine answers"
        )
        return [_broken("Rasa", told)]
    if model is None:
        return [_warning("Rasa", "serves no model yet: a running worker has it trained")]
    return [_fine("Rasa", f"serves {model}")]


async def look_at_telegram(config: Config, environment: Environment, *, now: datetime) -> list[Diagnosis]:
    """Whether the token is known, and whether what customers write comes to us."""
    return _diagnose("Telegram", await checks.look_at_telegram(config, environment, now=now))


async def look_at_slack(config: Config, environment: Environment) -> list[Diagnosis]:
    """Whether the token is known, the scopes are there, and we are in every channel."""
    return _diagnose("Slack", await checks.look_at_slack(config, environment))


def _diagnose(subject: str, findings: Sequence[Finding]) -> list[Diagnosis]:
    """As the console says it."""
    english = PageTexts("en")
    return [
        Diagnosis(subject=subject, grade=each.grade, text=tell_finding(each, english)) for each in findings
    ]


async def look_at_openid(environment: Environment) -> list[Diagnosis]:
    """Whether the provider answers, and is who it should be."""
    if environment.openid is None:
        return []
    try:
        with extra("oidc", "OIDC_ISSUER"):
            from console.openid import Provider, ProviderFailed  # noqa: PLC0415
    except ShouwenError as error:
        return [_broken("OpenID Connect", str(error))]
    provider = Provider(**dataclasses.asdict(environment.openid))
    try:
        await provider.describe()
    except ProviderFailed as error:
        return [_broken("OpenID Connect", f"{error.detail}. Check OIDC_ISSUER and the network")]
    finally:
        await provider.close()
    if environment.public_url is None:
        told = f"{environment.openid.issuer} answers; set PUBLIC_URL, so that it knows where to send browsers back"
        return [_warning("OpenID Connect", told)]
    return [_fine("OpenID Connect", f"{environment.openid.issuer} answers")]


async def look_at_reports(config: Config, environment: Environment) -> list[Diagnosis]:
    """Whether what carries the reports is set, and the mail server lets us in."""
    found: list[Diagnosis] = []
    try:
        check_reports(config, environment)
    except ConfigError as error:
        found.append(_broken("reports", str(error)))
    else:
        for name, report in config.reports.planned().items():
            found.append(_fine("reports", f"{name} to {', '.join(map(str, report.to()))}"))
    if environment.smtp_url is not None:
        try:
            await Mailer(environment.smtp_url).examine()
        except MailFailed as error:
            found.append(_broken("e-mail", str(error)))
        else:
            found.append(_fine("e-mail", f"{environment.smtp_url} lets us in"))
    return found


def look_at_calendar(calendar: WorkingCalendar, *, now: datetime) -> Diagnosis:
    """Whether somebody will be there, and whether the holidays ahead are decreed."""
    if calendar.next_opening(now) is None:
        return _broken("working calendar", "nobody is ever there. Set desk.hours")
    if calendar.is_guessed(now, now + AHEAD):
        year = (now + AHEAD).astimezone(calendar.zone).year
        return _warning(
            "working calendar",
            f"the make-up working days of {year} are not known here: what is promised over them is a guess. "
            "Run: pip install -U holidays; or write them into desk.exceptions",
        )
    return _fine("working calendar", f"known until {(now + AHEAD).astimezone(calendar.zone):%Y-%m-%d}")


def _fine(subject: str, text: str) -> Diagnosis:
    return Diagnosis(subject=subject, grade=Grade.FINE, text=text)


def _warning(subject: str, text: str) -> Diagnosis:
    return Diagnosis(subject=subject, grade=Grade.WARNING, text=text)


def _broken(subject: str, text: str) -> Diagnosis:
    return Diagnosis(subject=subject, grade=Grade.BROKEN, text=text)
