"""`shouwen doctor`: it says what is wrong and how to mend it, and changes nothing."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from sqlalchemy import text

from bench.servers import ROOT, free_port
from bot.config import Environment, load_config
from bot.doctor import look_at_calendar, look_at_folder, look_at_openid, look_at_people, look_at_reports
from core.database import Database
from core.findings import Grade
from core.mail import parse_smtp
from handoff.calendar import Window, WorkingCalendar
from tests.e2e.home import Home, make_home
from tests.mail_server import mail_server
from tests.shop import DESK

ZONE = ZoneInfo("Asia/Shanghai")
OFFICE = {day: [Window(start=time(9), end=time(18))] for day in range(5)}
NOVEMBER = datetime(2026, 11, 26, tzinfo=UTC)
SECRET = "hunter2-is-the-password"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Without a model: nothing here needs one."""
    for name in ("home", "models"):
        (tmp_path / name).mkdir()
    return make_home(tmp_path / "home", models=tmp_path / "models")


def told(home: Home, *, status: int) -> dict[str, str]:
    """What is said of each subject, with its sign."""
    done = home.run("doctor")
    assert (done.status, done.err) == (status, ""), done
    lines = [line.partition(": ") for line in done.out.splitlines()]
    return {subject[2:]: f"{subject[0]} {text}" for subject, _, text in lines}


def test_before_the_first_start_nothing_is_wrong_and_nothing_is_made(home: Home) -> None:
    before = sorted(home.folder.rglob("*"))
    diagnoses = told(home, status=0)
    assert diagnoses["database"].endswith("is made by the first start")
    assert sorted(home.folder.rglob("*")) == before


def test_what_is_there_is_told_and_what_is_missing_is_asked_for(home: Home) -> None:
    assert home.run("user", "add", "lin", stdin=b"correct horse battery\n").status == 0
    diagnoses = told(home, status=0)
    assert diagnoses["agents"] == "✓ 1 can sign in"
    assert diagnoses["knowledge base"].startswith("! no version is live yet")
    assert diagnoses["working calendar"].startswith("✓")


def test_whatever_does_not_answer_is_named_with_its_mend(home: Home) -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    home.variables.update(
        DATABASE_URL=f"postgresql://shop:{SECRET}@{nowhere}/shop",
        REDIS_URL=f"redis://{nowhere}/0",
        RASA_URL=f"http://{nowhere}",
        TELEGRAM_BOT_TOKEN="123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11",
        TELEGRAM_API_URL=f"http://{nowhere}",
    )
    diagnoses = told(home, status=1)
    for subject, mend in {
        "database": "DATABASE_URL",
        "Redis": "REDIS_URL",
        "Rasa": "RASA_URL",
        "Telegram": "@BotFather",
    }.items():
        assert diagnoses[subject].startswith("✗") and mend in diagnoses[subject]
    assert SECRET not in str(diagnoses) and "ABC-DEF" not in str(diagnoses)


@pytest.mark.parametrize(
    "database_url", ["postgres"], indirect=True
)  # SQLite is brought up to date by itself
async def test_an_older_schema_is_told_with_the_command(
    home: Home, database: Database, database_url: str
) -> None:
    async with database.write() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    home.variables["DATABASE_URL"] = database_url
    assert "shouwen db upgrade" in told(home, status=1)["database"]


def test_a_broken_configuration_is_one_line(home: Home) -> None:
    path = home.folder / "config.yml"
    data = yaml.safe_load(path.read_text("utf-8"))
    path.write_text(yaml.safe_dump({**data, "deks": {}}), "utf-8")
    home.run("doctor").check_refused("deks", "Did you mean")


class Decreed:
    """Holidays that are decreed until the end of 2026."""

    def is_day_off(self, day: date) -> bool:
        return False

    def is_made_up(self, day: date) -> bool:
        return False

    def is_published(self, year: int) -> bool:
        return year <= 2026


def test_a_year_ahead_that_is_not_decreed_is_a_warning() -> None:
    calendar = WorkingCalendar(zone=ZONE, days=OFFICE, holidays=Decreed())
    diagnosis = look_at_calendar(calendar, now=NOVEMBER)
    assert (
        diagnosis.grade is Grade.WARNING
        and "2027" in diagnosis.text
        and "pip install -U holidays" in diagnosis.text
    )
    assert look_at_calendar(calendar, now=NOVEMBER.replace(month=6)).grade is Grade.FINE


def test_who_is_named_has_an_account_and_every_queue_somebody_who_answers_for_it() -> None:
    told = [each.text for each in look_at_people(DESK, ["小林", "小魏", "班长"])]
    assert [text.split(" is named")[0] for text in told if "no account" in text] == ["ann", "夜班", "经理"]
    assert any("desk.queues.service.owner" in text for text in told)
    assert not any("desk.queues.care.owner" in text for text in told)
    tidy = replace(DESK, queues={"care": DESK.queues["care"]}, default_queue="care")
    (fine,) = look_at_people(tidy, DESK.named_people())
    assert fine.grade is Grade.FINE


async def test_a_provider_is_asked_who_it_is() -> None:
    openid = {
        "oidc_issuer": f"http://127.0.0.1:{free_port()}",
        "oidc_client_id": "a",
        "oidc_client_secret": "b",
    }
    (broken,) = await look_at_openid(Environment(database_url="sqlite://", **openid))
    assert broken.grade is Grade.BROKEN and "Check OIDC_ISSUER" in broken.text
    assert await look_at_openid(Environment(database_url="sqlite://")) == []


async def test_the_mail_server_is_asked_to_let_us_in_and_reports_need_what_carries_them(
    tmp_path: Path,
) -> None:
    text = (ROOT / "config.yml").read_text("utf-8")
    (tmp_path / "config.yml").write_text(
        f"{text}\nreports:\n  weekly: {{email: [boss@example.com]}}\n", "utf-8"
    )
    config = load_config(tmp_path / "config.yml")
    environment = Environment(database_url="sqlite://")
    (told,) = await look_at_reports(config, environment)
    assert told.grade is Grade.BROKEN and "SMTP_URL" in told.text
    async with mail_server() as mails:
        smtp = parse_smtp(f"smtp://127.0.0.1:{mails.port}")
        ready = environment.model_copy(update={"smtp_url": smtp, "mail_from": "desk@example.com"})
        fine = [each.text for each in await look_at_reports(config, ready)]
        wrong = ready.model_copy(update={"smtp_url": replace(smtp, user="desk", password=SECRET)})
        refused = await look_at_reports(config, wrong)
    assert fine == ["weekly to boss@example.com", f"127.0.0.1:{mails.port} lets us in"] and mails.got == []
    assert refused[-1].grade is Grade.BROKEN and "SMTP_URL" in refused[-1].text
    assert SECRET not in refused[-1].text


def test_a_shop_where_nobody_ever_is_cannot_hand_over() -> None:
    assert look_at_calendar(WorkingCalendar(zone=ZONE, days={}), now=NOVEMBER).grade is Grade.BROKEN


def test_a_data_folder_that_cannot_be_one_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file", "utf-8")
    assert look_at_folder(tmp_path / "data").grade is Grade.BROKEN
    assert look_at_folder(tmp_path / "new" / "data").grade is Grade.FINE
