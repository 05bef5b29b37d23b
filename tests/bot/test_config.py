"""Configuration: what is shipped works, and every mistake is named with its place and its mend."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.config import Config, Environment, keep_secret, load_config, load_environment
from bot.reports import check_reports
from core.database import async_url
from core.errors import ConfigError
from core.files import FileLimits
from core.redis_wakeups import RedisWakeups
from handoff.agents import Role
from handoff.kinds import Reason, TicketKind
from handoff.provider_people import Admission
from handoff.settings import SurveySettings
from handoff.standards import Basis, Promise

MONDAY_EVENING = datetime(2026, 11, 23, 11, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
SHIPPED = (ROOT / "config.yml").read_text("utf-8")
SECRET = "s" * 32

Load = Callable[[str | bytes], Config]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Write a config.yml and load it."""

    def load(content: str | bytes) -> Config:
        path = tmp_path / "config.yml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return load_config(path)

    return load


@pytest.fixture
def config(load: Load) -> Config:
    return load(SHIPPED)


def environment(config: Config, **variables: str) -> Environment:
    return load_environment(config, dotenv=config.data_folder.parent / ".env", variables=variables)


def test_reports_go_out_when_and_to_whom_the_configuration_says(load: Load) -> None:
    reports = """
reports:
  language: en
  weekly: {day: fri, at: "8:30", email: [boss@example.com, boss@example.com], slack: C012AB3CD}
  monthly: {email: [boss@example.com]}
"""
    config = load(SHIPPED + reports)
    weekly, monthly = config.reports.schedules()
    assert (weekly.unit, weekly.day, weekly.at) == ("week", 4, time(8, 30))
    assert [str(to) for to in weekly.to] == ["boss@example.com", "C012AB3CD"]
    assert (monthly.unit, monthly.day, monthly.at) == ("month", 1, time(8))
    with pytest.raises(ConfigError, match=r"SMTP_URL: is not set, but reports\.weekly\.email"):
        check_reports(config, environment(config))
    mail = {"SMTP_URL": "smtp://u:p@mail.example.com", "MAIL_FROM": "desk@example.com"}
    with pytest.raises(ConfigError, match=r"SLACK_BOT_TOKEN: is not set, but reports\.weekly\.slack"):
        check_reports(config, environment(config, **mail))
    check_reports(config, environment(config, **mail, SLACK_BOT_TOKEN="xoxb-1"))


@pytest.mark.parametrize(
    ("weekly", "told"),
    [
        ("{}", "nowhere"),
        ("{email: [boss]}", "no e-mail address"),
        ("{at: 8, email: [a@b.c]}", "at"),
        ('{at: "24:00", email: [a@b.c]}', "no time of the day"),
        ("{day: monday, email: [a@b.c]}", "mon"),
        ("{slack: general}", "slack"),
    ],
)
def test_what_is_wrong_with_a_report_is_told_with_its_line(load: Load, weekly: str, told: str) -> None:
    error = refused(load, f"{SHIPPED}\nreports:\n  weekly: {weekly}\n")
    assert told in str(error) and "config.yml" in error.where


def test_customers_do_not_read_reports(load: Load) -> None:
    customers = SHIPPED.replace(
        "channels:\n  telegram:", "channels:\n  slack: {channels: [C078GH9IJ]}\n  telegram:"
    )
    error = refused(load, f"{customers}\nreports:\n  weekly: {{slack: C078GH9IJ}}\n")
    assert "customers would read the report" in error.problem


def refused(load: Load, content: str | bytes) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load(content)
    assert str(caught.value) == f"{caught.value.where}: {caught.value.problem}. {caught.value.mend}"
    return caught.value


def test_the_shipped_configuration_loads() -> None:
    config = load_config(ROOT / "config.yml")
    assert (config.bot.knowledge, config.data_folder) == (ROOT / "nlu" / "sample_kb", ROOT / "data")
    desk = config.desk_settings()
    assert set(desk.queues) == {"service", "care"}
    assert desk.queue_for(Reason.COMPLAINT) == desk.queue_for(Reason.EMERGENCY) == "care"
    assert desk.queue_for(Reason.LOW_CONFIDENCE) == "service"
    assert len(desk.calendar.days) == 7


def test_what_the_shipped_configuration_has_commented_out_loads_too(load: Load) -> None:
    shipped = SHIPPED.replace("# answer_at:", "answer_at:")
    for line in (
        "holidays:",
        "exceptions:",
        "agents:",
        "supervisors:",
        "managers:",
        "standards:",
        "complaints:",
        "files:",
        "care:",
    ):
        shipped = shipped.replace(f"  # {line}", f"  {line}")
    for line in (
        "2027-02-05:",
        "2027-02-06:",
        "lin:",
        "basic:",
        "value_added:",
        "customer_tiers:",
        "emergency:",
        "most_megabytes:",
        "kinds:",
    ):
        shipped = shipped.replace(f"  #   {line}", f"    {line}")
    shipped = shipped.replace("    # repair:", "    repair:")
    before, care, after = re.split(r"(?s)(\n  care:.*?)(?=\n\nweb:)", shipped)
    shipped = before + care.replace("\n  # ", "\n  ") + after
    config = load(shipped)
    desk = config.desk_settings()
    assert (desk.queues["repair"].owner, desk.agent("lin").capacity) == ("wei", 3)
    assert desk.calendar_of("repair").next_opening(MONDAY_EVENING) != desk.calendar.next_opening(
        MONDAY_EVENING
    )
    terms = desk.standards.value_added[Promise.TAKE], desk.standards.emergency[Promise.REPORT]
    assert [(term.duration, term.basis) for term in terms] == [
        (timedelta(minutes=3), Basis.WORKING),
        (timedelta(hours=2), Basis.CALENDAR),
    ]
    assert desk.supervisors_of("service") == ["zhang"]
    assert (desk.standards.follow_up.duration, desk.complaints.visit_tries) == (timedelta(days=3), 3)
    assert desk.care.plans["after_purchase"].after_months == [1, 4, 7, 10]
    assert (desk.files.most_bytes, set(desk.files.kinds)) == (20_000_000, set(FileLimits().kinds))
    assert desk.surveys == SurveySettings(skip=[TicketKind.COMPLAINT])
    assert config.bot.policy().answer_at == 0.6
    calendar = config.desk_settings().calendar
    assert [len(calendar.windows_on(date(2027, 2, day))) for day in (4, 5, 6, 7)] == [1, 0, 1, 0]
    assert load(SHIPPED).bot.policy().answer_at is None


def test_the_example_of_the_environment_loads_as_it_is_and_filled_in(config: Config, tmp_path: Path) -> None:
    example = (ROOT / ".env.example").read_text("utf-8")
    (tmp_path / ".env").write_text(example, "utf-8")
    assert environment(config).port == 8080

    lines = [line.removeprefix("# ") for line in example.splitlines()]
    filled = [line for line in lines if line.split("=")[0].isupper() and "=" in line]
    assert len(filled) == len(Environment.model_fields)
    (tmp_path / ".env").write_text("\n".join(filled), "utf-8")
    found = environment(config, SECRET_KEY=SECRET)
    assert found.database_url.startswith("postgresql://")
    assert found.redis_url == "redis://localhost:6379/0"
    assert found.public_url == "https://service.example.com"


def test_people_may_sign_in_by_way_of_a_provider_only(load: Load) -> None:
    said = "passwords: false\n    title: {zh: 青禾账号, en: Qinghe}\n    admit: {domains: [Example.COM], role: viewer}"
    config = load(SHIPPED.replace("passwords: true ", said + " #"))
    oidc = {"OIDC_ISSUER": "https://login.example", "OIDC_CLIENT_ID": "a", "OIDC_CLIENT_SECRET": "b"}
    found = environment(config, **oidc).openid
    assert found is not None and found.issuer == "https://login.example"
    admission = config.web.sign_in.admission()
    assert admission == Admission(domains=frozenset({"example.com"}), role=Role.VIEWER)
    for wrong, told in (
        ({"OIDC_ISSUER": ""}, "OIDC_ISSUER: is not set, but web.sign_in says"),
        ({"OIDC_ISSUER": "http://login.example"}, "no https address"),
        ({"OIDC_ISSUER": "login.example"}, "no https address"),
        ({"OIDC_CLIENT_SECRET": ""}, "OIDC_CLIENT_SECRET: is not set, but OIDC_ISSUER is"),
    ):
        with pytest.raises(ConfigError, match=told):
            environment(config, **oidc | wrong)
    assert refused(load, SHIPPED.replace("passwords: true ", "admit: {domains: [com], role: agent} #"))
    assert refused(load, SHIPPED.replace("passwords: true ", "admit: {domains: [a.com], role: admin} #"))


def test_relative_paths_are_meant_from_the_file_s_own_folder(load: Load, tmp_path: Path) -> None:
    config = load(SHIPPED.replace("data_folder: data", "data_folder: ../elsewhere"))
    assert config.data_folder == tmp_path / "../elsewhere"
    assert config.bot.knowledge == tmp_path / "nlu/sample_kb"
    assert environment(config).database_url == f"sqlite:///{tmp_path / '../elsewhere' / 'shouwen.db'}"


@pytest.mark.parametrize(
    ("right", "wrong", "place", "problem", "mend"),
    [
        (
            "misses_before_handoff: 2",
            "misses_before_handof: 2",
            "bot.misses_before_handof",
            "is unknown",
            "Did you mean 'misses_before_handoff'?",
        ),
        ("bot:", "bott:", "bott", "is unknown", "Did you mean 'bot'?"),
        ("demo: true", "colour: red", "web.colour", "is unknown", "Known here: allowed_origins, demo, host"),
        (
            "misses_before_handoff: 2",
            "misses_before_handoff: two",
            "bot.misses_before_handoff",
            "'two'",
            "Correct it",
        ),
        ("misses_before_handoff: 2", "misses_before_handoff: 0", "bot.misses_before_handoff", "not 0", ""),
        ("target_precision: 0.9", "target_precision: 90", "bot.target_precision", "not 90", ""),
        ("demo: true", "demo: maybe", "web.demo", "'maybe'", ""),
        ("zh: 青禾生活", "zh: 2026", "shop.name.zh", "text, not 2026", 'Put it in quotes: "2026"'),
        ("default_language: zh", "default_language: fr", "shop.default_language", "'zh' or 'en'", ""),
        ("time_zone: Asia/Shanghai", "time_zone: Shanghai", "shop.time_zone", "Shanghai", "Asia/Shanghai"),
        ("time_zone: Asia/Shanghai", "time_zone: Asia", "shop.time_zone", "Asia is not", "Asia/Shanghai"),
        ("time_zone: Asia/Shanghai", "time_zone: ../x", "shop.time_zone", "../x", "Asia/Shanghai"),
        ("# files: ", "files: {most_megabytes: 51} # ", "desk.files.most_megabytes", "not 51", ""),
        ("# files: ", "files: {kinds: [html]} # ", "desk.files.kinds[0]", "'picture', 'pdf'", ""),
        ("# holidays: CN", "holidays: XX", "desk.holidays", "XX is not a country", "CN, or DE-BY"),
        ("# holidays: CN", "holidays: DE-XX", "desk.holidays", "DE-XX is not a country", ""),
        (
            "  # exceptions:               # your own days, which go before all: no stretch means closed\n",
            "  exceptions: {2027-02-30: []}\n",
            "desk.exceptions",
            "2027-02-30",
            "",
        ),
        ('mon: ["09:00-21:00"]', 'mon: ["9-21"]', "desk.hours.mon[0]", "'9-21'", "09:00-21:00"),
        ('mon: ["09:00-21:00"]', 'mon: ["09:00-25:00"]', "desk.hours.mon[0]", "does not exist", "24:00"),
        ('mon: ["09:00-21:00"]', 'mon: ["22:00-06:00"]', "desk.hours.mon[0]", "ends before", "two days"),
        ('mon: ["09:00-21:00"]', 'mon: "09:00-21:00"', "desk.hours.mon", "a list", "'- '"),
        ('mon: ["09:00-21:00"]', 'monday: ["09:00-21:00"]', "desk.hours.monday", "'mon'", ""),
        ("complaint: care", "complaint: caer", "desk.routes.complaint", "'caer'", "service, care"),
        ("emergency: care", "emergency: kare", "desk.routes.emergency", "'kare'", "service, care"),
        ("complaint: care", "complain: care", "desk.routes.complain", "'complaint'", ""),
        ("default_queue: service", "default_queue: serv", "desk.default_queue", "'serv'", "service, care"),
        ("service: {zh: 客服, en: Service}", "service: {zh: 客服}", "desk.queues.service", "'en'", "Add it"),
        (
            "# standards: ",
            "standards: {basic: {take: 10 minutes}} #",
            "desk.standards.basic.take",
            "'10 minutes'",
            "30m, 8h",
        ),
        (
            "# standards: ",
            "standards: {basic: {take: 2d}} #",
            "desk.standards.basic.take",
            "differ",
            "2d calendar",
        ),
        ("# standards: ", "standards: {basic: {taek: 2h}} #", "desk.standards.basic.taek", "'take'", ""),
        (
            "# standards: ",
            "standards: {emergency: {take: 0m}} #",
            "desk.standards.emergency.take",
            "'0m'",
            "",
        ),
        ("# complaints: ", "complaints: {follow_up: 3d} #", "desk.complaints.follow_up", "3d calendar", ""),
        ("# complaints: ", "complaints: {visit_tries: 0} #", "desk.complaints.visit_tries", "not 0", ""),
        ("# agents: ", "agents: {lin: {capacity: 0}} #", "desk.agents.lin.capacity", "not 0", ""),
        ("every: 30d", "every: a month", "desk.surveys.every", "'a month'", "30d"),
        ("nps_share: 0.1", "nps_share: 10", "desk.surveys.nps_share", "not 10", ""),
        ("skip: [complaint]", "skip: [complaints]", "desk.surveys.skip[0]", "'complaint'", ""),
        (
            "  # care: ",
            "  care: {plans: {birthday: {zh: '{name}', en: 'Hi {nmae}'}}} #",
            "desk.care.plans.birthday.en",
            "{nmae}",
            "only {name} is",
        ),
        (
            "  # care: ",
            "  care: {plans: {after_purchase: {zh: 好, en: Fine}}} #",
            "desk.care.plans.after_purchase",
            "'after_months'",
            "Add it",
        ),
        ("mode: polling", "mode: pull", "channels.telegram.mode", "'polling' or 'webhook'", ""),
        ("region: CN", "region: XX", "privacy.region", "XX is not a region", "Correct it"),
        ("inbox: 90", "inbox: 1", "privacy.retention.inbox", "not 1", ""),
        ("inbox: 90", "message: 90", "privacy.retention.message", "is unknown", "Did you mean 'messages'?"),
        ("demo: true", "demo: true\n  demo: false", "", "'demo' is already on line ", "Keep one"),
        ("demo: true", "\tdemo: true", "", "not valid YAML", "on and above this line"),
        ("demo: true", "demo: [true", "", "not valid YAML", "on and above this line"),
        ("demo: true", "demo: !!int maybe", "", "not valid YAML", "on and above this line"),
        ("demo: true", "demo: !!python/name:os.system", "", "not valid YAML", "on and above this line"),
        ("demo: true", "demo: true\x07", "", "control character", "Delete it"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_its_mend(
    load: Load, right: str, wrong: str, place: str, problem: str, mend: str
) -> None:
    before, after = SHIPPED.split(right, 1)
    error = refused(load, before + wrong + after)
    file, _, line = error.where.split(" ")[0].rpartition(":")
    assert file.endswith("/config.yml")
    first = before.count("\n") + 1
    if place:
        assert int(line) == first
        assert error.where.split(" (")[1].startswith(place)
    else:  # a parser may notice at the end of the part, or later
        assert int(line) in (first, first + 1)
    assert problem in error.problem + error.mend
    assert mend in error.problem + error.mend


def test_where_customers_write_in_slack_no_queue_has_its_cards(load: Load) -> None:
    before, after = SHIPPED.split("  surveys:", 1)
    shared = f"{before}  slack: {{channels: {{care: C045EF6GH}}}}\n  surveys:{after}"
    before, after = shared.split("channels:\n  telegram:", 1)
    shared = f"{before}channels:\n  slack: {{channels: [C078GH9IJ,\n    C045EF6GH]}}\n  telegram:{after}"
    error = refused(load, shared)
    assert f":{before.count(chr(10)) + 3} (channels.slack.channels[1])" in error.where
    assert "C045EF6GH" in error.problem and "'care'" in error.problem


def test_customers_in_slack_need_no_queue_there(load: Load) -> None:
    config = load(SHIPPED.replace("  telegram:", "  slack: {direct_messages: true}\n  telegram:", 1))
    with_slack = environment(config, SLACK_BOT_TOKEN="xoxb-1")
    desk = config.desk_settings(with_slack)
    assert desk.slack is not None and desk.slack_channel_of("service") is None
    assert "slack" not in desk.alert_ports
    shipped = load(SHIPPED)
    assert not shipped.channels.slack.is_used and shipped.desk_settings(with_slack).slack is None


def test_of_several_mistakes_the_first_is_named_and_the_rest_counted(load: Load) -> None:
    error = refused(load, SHIPPED.replace("mode: polling", "mode: pull").replace("demo: true", "dem: true"))
    assert "dem" in error.problem
    assert "1 more" in error.mend


def test_an_empty_file_lacks_what_has_no_default(load: Load) -> None:
    error = refused(load, "# nothing yet\n")
    assert (error.where.split("/")[-1], error.problem) == ("config.yml:1 (shop)", "'shop' is missing")


def test_a_file_that_is_not_utf_8_is_named_with_the_line(load: Load) -> None:
    error = refused(load, SHIPPED.encode("gbk", "ignore"))
    first_chinese = next(n for n, line in enumerate(SHIPPED.splitlines(), 1) if not line.isascii())
    assert error.where.endswith(f"config.yml:{first_chinese}")
    assert "not UTF-8" in error.problem


def test_a_byte_order_mark_does_no_harm(load: Load) -> None:
    assert load(b"\xef\xbb\xbf" + SHIPPED.encode()).shop.name.en == "Qinghe Living"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yml: there is no such file"):
        load_config(tmp_path / "nowhere.yml")


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_written_into_a_value_it_loads_or_is_named(load: Load, data: st.DataObject) -> None:
    lines = SHIPPED.splitlines()
    number = data.draw(st.integers(0, len(lines) - 1))
    piece = st.sampled_from(
        [
            "!!float ",
            "!!timestamp ",
            "!!bool ",
            "!!null ",
            "!!binary ",
            "!!set ",
            "&a ",
            "*a",
            "<<",
            "? ",
            "- ",
        ]
    )
    value = data.draw(st.lists(piece | st.text(max_size=8), max_size=4).map("".join))
    lines[number] = lines[number].split(":")[0] + ": " + value
    try:
        load("\n".join(lines).encode("utf-8", "surrogatepass"))
    except ConfigError as error:
        assert "config.yml" in error.where


def test_the_file_beside_the_configuration_is_read_and_the_environment_wins(
    config: Config, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(
        "PORT=9001\nREDIS_URL=redis://from-file/0\nPUBLIC_URL=https://a.example/\n"
    )
    found = environment(config, REDIS_URL="redis://from-environment/0")
    assert (found.port, found.redis_url) == (9001, "redis://from-environment/0")
    assert found.public_url == "https://a.example"


def test_an_empty_variable_counts_as_unset(config: Config, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=9001\nTELEGRAM_BOT_TOKEN=\n")
    found = environment(config, PORT="", TELEGRAM_BOT_TOKEN=" ")
    assert (found.port, found.telegram_bot_token) == (9001, None)


def test_a_file_of_variables_that_is_not_utf_8_is_named(config: Config, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("# 端口\nPORT=9001\n".encode("gbk"))
    with pytest.raises(ConfigError, match=r"\.env: the file is not UTF-8"):
        environment(config)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PORT", "²"),
        ("PORT", "8" * 5_000),
        ("TELEGRAM_BOT_TOKEN", "not-a-token"),
        ("TELEGRAM_BOT_TOKEN", "123456:"),
        ("SECRET_KEY", "guess me"),
        ("ALERTS_WEBHOOK_URL", "example.com/alerts"),
    ],
)
def test_a_variable_that_cannot_be_right_is_named(config: Config, name: str, value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        environment(config, **{name: value})
    assert caught.value.where == name
    assert caught.value.mend


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shouwen.db",
        "mysql://localhost/shouwen",
        "postgresql://localhost:port/shouwen",
        "sqlite://",
        "sqlite:///:memory:",
    ],
)
def test_a_database_address_that_cannot_be_right_is_named(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        async_url(url)
    assert caught.value.where == "DATABASE_URL"
    assert "sqlite:///" in caught.value.mend


def test_a_redis_address_that_cannot_be_right_is_named() -> None:
    with pytest.raises(ConfigError, match="REDIS_URL"):
        RedisWakeups("localhost")


def test_addresses_as_hosts_hand_them_out_are_understood() -> None:
    found = async_url("postgres://user:secret@db.example/shouwen?sslmode=require")
    assert (found.drivername, dict(found.query)) == ("postgresql+asyncpg", {"ssl": "require"})


def test_the_secret_is_made_once_and_kept_for_its_owner_only(config: Config) -> None:
    kept = config.data_folder / "secret_key"
    first = keep_secret(kept)
    assert len(first) >= 32
    assert keep_secret(kept) == first
    assert environment(config, SECRET_KEY=SECRET).secret_key == SECRET
    assert kept.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in config.data_folder.iterdir()] == ["secret_key"]


def test_an_empty_secret_is_not_used(config: Config) -> None:
    config.data_folder.mkdir()
    (config.data_folder / "secret_key").touch()
    with pytest.raises(ConfigError, match="secret_key: the file is empty"):
        keep_secret(config.data_folder / "secret_key")


def test_every_variable_that_is_read_stands_in_the_example() -> None:
    example = (ROOT / ".env.example").read_text("utf-8")
    for name in Environment.model_fields:
        assert f"# {name.upper()}=" in example
