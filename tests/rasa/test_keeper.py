"""What the Rasa server serves is a model of what was wanted last, whatever becomes of server, versions and processes."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from core.backoff import Backoff
from nlu.knowledge.documents import from_data
from nlu.knowledge.entries import KnowledgeBase
from nlu.rasa.client import RasaClient
from nlu.rasa.keeper import Keeper
from nlu.rasa.published import Published
from tests.nlu.knowledge_bases import entry
from tests.rasa.fake_server import FakeRasa, fake_rasa
from tests.waiting import until

MakeKeeper = Callable[[str], Keeper]


@pytest.fixture
def make_keeper(tmp_path: Path) -> Iterator[MakeKeeper]:
    """Makes keepers that share a folder, as workers do."""
    made = []

    def make(url: str) -> Keeper:
        keeper = Keeper(
            RasaClient(url),
            tmp_path / "rasa",
            precision=0.9,
            retry=Backoff(first=0.01, longest=0.05),
            look=0.05,
        )
        made.append(keeper)
        return keeper

    yield make
    for keeper in made:
        keeper.close()


@pytest.fixture
def keeper(rasa: FakeRasa, make_keeper: MakeKeeper) -> Keeper:
    return make_keeper(rasa.url)


def shop(*names: str) -> KnowledgeBase:
    """Entries with enough phrasings for some to be held out."""
    words = ("where", "when", "how", "why", "who", "which")
    return from_data(
        {
            "entries": [
                entry(name, phrasings={"zh": [f"问 {name}"], "en": [f"{word} {name}" for word in words]})
                for name in names
            ]
        }
    )


V1, V2, V3 = shop("order", "fee"), shop("order", "fee", "invoice"), shop("order", "fee", "hours")


def test_a_model_is_trained_and_served_and_its_user_told(keeper: Keeper, rasa: FakeRasa) -> None:
    used: list[Published] = []
    keeper.want(V1, used.append)
    until(lambda: used)
    assert rasa.model == used[0].model == "trained-2.tar.gz"  # the first training tells how sure to be
    assert set(used[0].intents) == {"order", "fee"}
    assert rasa.learned[-1] == {"order", "fee"}


def test_going_back_needs_no_training(keeper: Keeper, rasa: FakeRasa) -> None:
    used: list[Published] = []
    for number, knowledge in enumerate((V1, V2, V1, V2), 1):
        keeper.want(knowledge, used.append)
        until(lambda n=number: len(used) == n)  # type: ignore[misc]
        assert rasa.model == used[-1].model
    assert [each.model for each in used] == ["trained-2.tar.gz", "trained-4.tar.gz"] * 2
    assert len(rasa.trainings) == 4


def test_an_edit_that_changes_answers_only_needs_no_training(keeper: Keeper, rasa: FakeRasa) -> None:
    used: list[Published] = []
    keeper.want(V1, used.append)
    until(lambda: used)
    edited = from_data({"entries": [entry("order"), entry("fee")]})
    answers = {
        name: each.__class__(**{**vars(V1.entries[name]), "answers": each.answers})
        for name, each in edited.entries.items()
    }
    keeper.want(KnowledgeBase(answers), used.append)
    until(lambda: len(used) == 2)
    assert len(rasa.trainings) == 2


def test_going_back_does_not_wait_for_the_training_of_what_it_undoes(keeper: Keeper, rasa: FakeRasa) -> None:
    used: list[Published] = []
    keeper.want(V1, used.append)
    until(lambda: used)
    rasa.train.clear()
    keeper.want(V2, used.append)
    until(lambda: len(rasa.trainings) == 3)
    keeper.want(V1, used.append)
    until(lambda: len(used) == 2)
    assert used[1] == used[0]
    with capture_logs() as logs:
        rasa.train.set()
        until(lambda: "rasa.superseded" in [line["event"] for line in logs])
    assert rasa.model == used[0].model
    assert len(rasa.trainings) == 3  # the second of V2's was not begun


def test_of_versions_that_follow_each_other_only_the_last_is_trained_to_the_end(
    keeper: Keeper, rasa: FakeRasa
) -> None:
    used: dict[str, Published] = {}
    rasa.train.clear()
    keeper.want(V1, lambda published: used.update(v1=published))
    until(lambda: rasa.trainings)
    keeper.want(V2, lambda published: used.update(v2=published))
    keeper.want(V3, lambda published: used.update(v3=published))
    rasa.train.set()
    until(lambda: used)
    assert list(used) == ["v3"]
    assert rasa.learned == [{"order", "fee"}, {"order", "fee", "hours"}, {"order", "fee", "hours"}]
    assert rasa.model == used["v3"].model


def test_processes_that_share_a_folder_train_once(rasa: FakeRasa, make_keeper: MakeKeeper) -> None:
    used: list[Published] = []
    keepers = [make_keeper(rasa.url) for _ in range(3)]
    for keeper in keepers:
        keeper.want(V1, used.append)
    until(lambda: len(used) == 3)
    assert len(set(used)) == 1
    assert len(rasa.trainings) == 2


def test_a_server_that_is_away_is_tried_until_it_is_there(make_keeper: MakeKeeper) -> None:
    used: list[Published] = []
    with fake_rasa() as gone:
        pass
    with capture_logs() as logs:
        make_keeper(gone.url).want(V1, used.append)
        until(lambda: len(logs) > 3)
    assert {(line["event"], line["mend"]) for line in logs if "mend" in line} == {
        ("rasa.not_live", "start the Rasa server, or correct RASA_URL")
    }
    with fake_rasa(port=int(gone.url.rpartition(":")[2]), again=gone):
        until(lambda: used)
        assert gone.model == used[0].model


def test_what_is_not_live_any_more_is_not_tried_again(make_keeper: MakeKeeper) -> None:
    used: dict[str, Published] = {}
    with fake_rasa() as gone:
        pass
    keeper = make_keeper(gone.url)
    keeper.want(V1, lambda published: used.update(v1=published))
    keeper.want(V2, lambda published: used.update(v2=published))
    with fake_rasa(port=int(gone.url.rpartition(":")[2]), again=gone):
        until(lambda: used)
        assert list(used) == ["v2"]
        assert gone.learned == [{"order", "fee", "invoice"}] * 2


def test_a_server_that_dies_and_serves_another_model_afterwards_is_put_right(
    make_keeper: MakeKeeper,
) -> None:
    used: list[Published] = []
    with fake_rasa() as rasa:
        make_keeper(rasa.url).want(V1, used.append)
        until(lambda: used)
    rasa.model = "first.tar.gz"  # as a real one takes what is newest in its folder
    with fake_rasa(port=int(rasa.url.rpartition(":")[2]), again=rasa):
        until(lambda: rasa.model == used[0].model)
    assert len(rasa.trainings) == 2


def test_a_server_that_has_lost_its_models_is_trained_again(keeper: Keeper, rasa: FakeRasa) -> None:
    used: list[Published] = []
    keeper.want(V1, used.append)
    until(lambda: used)
    with capture_logs() as logs:
        rasa.models.clear()
        rasa.model = None
        until(lambda: len(used) == 2)
    assert rasa.model == used[1].model != used[0].model
    (displaced,) = [line for line in logs if line["event"] == "rasa.displaced"]
    assert displaced["model"] == used[0].model
    assert displaced["mend"]


def test_a_training_that_fails_is_told_and_tried_again(keeper: Keeper, rasa: FakeRasa) -> None:
    used: list[Published] = []
    rasa.cannot_train = True
    with capture_logs() as logs:
        keeper.want(V1, used.append)
        until(lambda: len([line for line in logs if line["event"] == "rasa.not_live"]) > 1)
        rasa.cannot_train = False
        until(lambda: used)
    told = next(line for line in logs if line["event"] == "rasa.not_live")
    assert "Rasa answered 500" in told["error"]
    assert "log of the Rasa server" in told["mend"]
    assert rasa.model == used[0].model


def test_with_too_few_phrasings_it_is_told_once_what_to_do(keeper: Keeper, rasa: FakeRasa) -> None:
    with capture_logs() as logs:
        few = entry("hours", title={"zh": "几点", "en": "hours"}, phrasings={"zh": ["几点"], "en": ["hours"]})
        keeper.want(from_data({"entries": [few]}), lambda _: None)
        until(lambda: [line for line in logs if line["event"] == "rasa.not_live"])
        until(lambda: not keepers_threads())
    (told,) = [line for line in logs if line["event"] == "rasa.not_live"]
    assert told["mend"] == "add phrasings"


def test_what_is_kept_of_a_model_may_be_damaged(keeper: Keeper, rasa: FakeRasa, tmp_path: Path) -> None:
    used: list[Published] = []
    keeper.want(V1, used.append)
    until(lambda: used)
    (kept,) = (tmp_path / "rasa").glob("*.json")
    kept.write_text("{", "utf-8")
    keeper.want(V2, used.append)
    until(lambda: len(used) == 2)
    keeper.want(V1, used.append)
    until(lambda: len(used) == 3)
    assert rasa.learned[-1] == {"order", "fee"}
    assert rasa.model == used[2].model


def test_closing_it_ends_a_training_that_it_waits_for(keeper: Keeper, rasa: FakeRasa) -> None:
    used: list[Published] = []
    rasa.train.clear()
    keeper.want(V1, used.append)
    until(lambda: rasa.trainings)
    keeper.want(V2, used.append)  # waits for its turn
    with capture_logs() as logs:
        keeper.close()
    assert not keepers_threads()
    assert used == []
    assert {line["event"] for line in logs} <= {"rasa.superseded"}


def keepers_threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name.startswith("rasa-") and each.daemon]
