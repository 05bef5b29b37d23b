"""What is changed in the console lies over config.yml, is read by the same models, and leaves it as it was when it goes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.config import Config, load_config
from bot.desk_base import DeskBase
from bot.desk_config import DeskSection
from handoff.adjusting.layers import NAMED, PLAIN, Misfit, fit, lay_data
from handoff.standards import BASIC, Promise

CONFIG = """\
shop: {name: {zh: 好物, en: Goods}}
desk:
  hours: {mon: ["09:00-12:00", "13:00-18:00"], tue: ["09:00-18:00"]}
  exceptions: {2027-02-05: []}
  queues:
    service: {zh: 客服, en: Service}
    repair: {zh: 维修, en: Repairs, members: [Lin, wei], hours: {mon: ["09:00-17:00"]}}
  routes: {complaint: repair}
  default_queue: service
  agents: {Lin: {skills: [electrics], capacity: 3}}
  standards: {basic: {take: 90m, answer: 36h calendar}, customer_tiers: [vip]}
  complaints: {follow_up: 72h calendar}
  surveys: {every: 14d}
  slack: {channels: {service: C012AB3CD, repair: C012AB3CE}}
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return read(tmp_path_factory.mktemp("config"), CONFIG)


@pytest.fixture(scope="module")
def base(config: Config) -> DeskBase:
    return DeskBase(config)


def read(folder: Path, text: str) -> Config:
    path = folder / "config.yml"
    path.write_text(text, "utf-8")
    return load_config(path)


WORDS = st.sampled_from(
    [
        "service",
        "repair",
        "lin",
        "",
        "9",
        "09:00-12:00",
        "21:00-09:00",
        "3d",
        "8h",
        "2h calendar",
        "vip",
        "complaint",
    ]
) | st.text(max_size=5)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 500) | st.floats(0, 1) | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["zh", "en", "members", "hours", "mon", "skills", "capacity"]), inner
        )
    ),
    max_leaves=6,
)
NAMES = st.sampled_from(
    [
        "mon",
        "sun",
        "2027-02-05",
        "2027-5-1",
        "86400",
        "service",
        "repair",
        "new.queue",
        "complaint",
        "take",
        "LIN",
    ]
)
PLACES = (
    st.sampled_from(PLAIN)
    | st.builds("{}.{}".format, st.sampled_from(NAMED), NAMES)
    | st.text(min_size=1, max_size=8)
)


@given(changes=st.dictionaries(PLACES, VALUES, max_size=4))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_change_is_refused_with_its_place_or_gives_settings(
    config: Config, base: DeskBase, changes: Mapping[str, Any]
) -> None:
    before = base.lay({})
    try:
        laid = base.lay(changes)
    except Misfit as misfit:
        assert misfit.place and misfit.problem
        fitting = fit(base, changes)
        assert fitting.left_out and {place for place, _ in fitting.left_out} <= changes.keys()
    else:
        assert laid.settings.default_queue in laid.settings.queues
        assert set(laid.settings.routes.values()) <= laid.settings.queues.keys()
        assert base.lay(changes).data == laid.data  # nothing of it sticks
    assert base.lay({}) == before == fit(base, {})
    assert before.settings == config.desk_settings()


def test_what_config_says_is_read_back_as_it_was(config: Config, base: DeskBase) -> None:
    assert DeskSection.model_validate(base.said) == config.desk
    assert base.said["standards"]["basic"] == {"take": "90m", "answer": "36h calendar"}
    assert base.said["exceptions"] == {"2027-02-05": []}


def test_data_is_whole_and_shipped_is_what_nothing_says(base: DeskBase) -> None:
    laid = base.lay({"standards.basic.take": "2h"})
    assert laid.value("standards.basic.take") == "2h"
    assert laid.value("standards.basic.update") == "8h" == base.shipped["standards"]["basic"]["update"]
    assert base.shipped["standards"]["basic"]["take"] == "10m"
    assert (
        base.lay({"standards.basic.take": None}).settings.standards.basic[Promise.TAKE] == BASIC[Promise.TAKE]
    )


@pytest.mark.parametrize(
    ("changes", "place", "code"),
    [
        ({"queues.new": {"zh": "新"}}, "queues.new.en", "missing"),
        ({"queues.new.one": {"zh": "", "en": "x"}}, "queues.new.one.zh", "missing"),
        ({"hours.mon": ["9-12"]}, "hours.mon[0]", "window"),
        ({"hours.mon": ["12:00-09:00"]}, "hours.mon[0]", "backwards"),
        ({"hours.mon": ["12:00-25:00"]}, "hours.mon[0]", "no_time"),
        ({"holidays": "XX"}, "holidays", "country"),
        ({"default_queue": "gone"}, "default_queue", "no_queue"),
        ({"queues.repair": None}, "routes.complaint", "no_queue"),
        ({"standards.basic.take": "3d"}, "standards.basic.take", "working_days"),
        ({"standards.basic.take": "soon"}, "standards.basic.take", "term"),
        ({"surveys.every": "often"}, "surveys.every", "span"),
        ({"surveys.nps_share": "much"}, "surveys.nps_share", "no_number"),
        ({"surveys.nps_share": 2}, "surveys.nps_share", "too_much"),
        ({"agents.lin": {"capacity": 0}}, "agents.lin.capacity", "too_little"),
        ({"files.kinds": []}, "files.kinds", "none_chosen"),
        ({"categories.Ä": {"zh": "甲", "en": "A"}}, "categories.Ä", "no_id"),
        ({"care.plans.birthday": {"zh": "{x}", "en": "y"}}, "care.plans.birthday.zh", "braces"),
        ({"agents.LIN": {}}, "agents.LIN", "place"),
        ({"exceptions.86400": []}, "exceptions.86400", "place"),
        ({"exceptions.2027-02-30": []}, "exceptions.2027-02-30", "no_day"),
        ({"slack.channels": {}}, "slack.channels", "place"),
        ({"banned_phrases": "/etc/passwd"}, "banned_phrases", "place"),
    ],
)
def test_a_mistake_is_told_at_its_place(
    base: DeskBase, changes: Mapping[str, Any], place: str, code: str
) -> None:
    with pytest.raises(Misfit) as refused:
        base.lay(changes)
    assert (refused.value.place, refused.value.code) == (place, code)


def test_a_removed_queue_takes_its_slack_channel_with_it(base: DeskBase) -> None:
    laid = base.lay({"queues.repair": None, "routes.complaint": None})
    assert list(laid.settings.queues) == ["service"]
    assert laid.data["slack"]["channels"] == {"service": "C012AB3CD"}


def test_what_no_longer_fits_is_left_out_and_the_rest_holds(tmp_path: Path) -> None:
    changes = {
        "default_queue": "night",  # leans on a queue that was added later
        "queues.night": {"zh": "夜班", "en": "Night"},
        "routes.fault": "repair",  # which config.yml does not have any more
        "surveys.every": "7d",
    }
    without = CONFIG.replace("  routes: {complaint: repair}\n", "").replace(", repair: C012AB3CE", "")
    lines = [line for line in without.splitlines() if "repair:" not in line]
    laid = fit(DeskBase(read(tmp_path, "\n".join(lines))), changes)
    assert [(place, misfit.place) for place, misfit in laid.left_out] == [("routes.fault", "routes.fault")]
    assert laid.settings.default_queue == "night" and laid.settings.surveys.every.days == 7


def test_laying_leaves_what_is_under_it_alone() -> None:
    under = {"standards": {"basic": {"take": "1h"}}, "queues": {"a": 1}}
    assert lay_data(under, {"standards.basic.take": "2h", "queues.b": 2, "queues.a": None}) == {
        "standards": {"basic": {"take": "2h"}},
        "queues": {"b": 2},
    }
    assert under == {"standards": {"basic": {"take": "1h"}}, "queues": {"a": 1}}
