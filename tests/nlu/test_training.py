"""Training, keeping and loading models, and the figures about them."""

import dataclasses
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.errors import BadInput, ConfigError
from nlu.calibration import Logistic, fit_logistic, lowest_threshold
from nlu.embedded import EmbeddedInterpreter
from nlu.encoder import ENCODER, DamagedFiles, Encoder
from nlu.evaluation import evaluate_knowledge, evaluate_rows, read_rows, write_predictions
from nlu.kernel import closeness
from nlu.knowledge import load_knowledge
from nlu.model import load, save
from nlu.ridge import fit, one_of, spread_folds
from nlu.signals import load_examples, load_unrelated
from nlu.trained import ensure_trained
from nlu.training import labelled_pairs, train
from tests.nlu.conftest import SAMPLE
from tests.nlu.test_knowledge import ENTRY

TEXTS = [
    "退货运费谁出",
    "where is my parcel",
    "转人工",
    "完全无关的一句话",
    "洗衣机冒烟了",
    "how do points work",
]


def test_a_model_that_was_saved_predicts_the_same(
    interpreter: EmbeddedInterpreter, model_folder: Path, encoder: Encoder, tmp_path: Path
) -> None:
    save(load(model_folder), tmp_path)
    again = EmbeddedInterpreter(load(tmp_path), encoder)
    assert again.understand(TEXTS) == interpreter.understand(TEXTS)


def test_an_unchanged_knowledge_base_is_not_trained_again(cache: Path, model_folder: Path) -> None:
    before = (model_folder / "model.npz").stat().st_mtime_ns
    assert ensure_trained(SAMPLE, cache) == model_folder
    assert (model_folder / "model.npz").stat().st_mtime_ns == before


def test_a_changed_knowledge_base_is_trained_anew(cache: Path, tmp_path: Path, model_folder: Path) -> None:
    path = tmp_path / "kb.yml"
    path.write_text(ENTRY, encoding="utf-8")
    first = ensure_trained(path, cache)
    assert EmbeddedInterpreter.load(first).understand(["你好"])[0].intent == "greeting"
    path.write_text(ENTRY.replace("id: greeting", "id: hello"), encoding="utf-8")
    second = ensure_trained(path, cache)
    assert first != second
    assert EmbeddedInterpreter.load(second).understand(["你好"])[0].intent == "hello"


def test_a_broken_knowledge_base_is_reported_with_its_line(
    cache: Path, tmp_path: Path, model_folder: Path
) -> None:
    path = tmp_path / "kb.yml"
    path.write_text(ENTRY.replace("phrasings", "frasings"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"kb\.yml:4"):
        ensure_trained(path, cache)
    with pytest.raises(ConfigError, match="no such file"):
        ensure_trained(tmp_path / "none", cache)


@pytest.mark.parametrize("name", ["model.npz", "model.json"])
def test_a_damaged_model_says_how_to_mend_it(model_folder: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(model_folder, folder)
    data = (folder / name).read_bytes()
    for damaged in (data[: len(data) // 2], b"", b"{}"):
        (folder / name).write_bytes(damaged)
        with pytest.raises(DamagedFiles, match="Delete the folder"):
            load(folder)
    (folder / name).unlink()
    with pytest.raises(DamagedFiles):
        load(folder)


def test_a_model_of_another_version_is_refused(model_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(model_folder, folder)
    text = (folder / "model.json").read_text(encoding="utf-8")
    (folder / "model.json").write_text(text.replace('"version":', '"version":9'), encoding="utf-8")
    with pytest.raises(DamagedFiles, match="version"):
        load(folder)


def test_a_damaged_encoder_says_how_to_mend_it(model_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / ENCODER
    shutil.copytree(model_folder.parent / ENCODER, folder)
    (folder / "pieces.txt").write_text("a\nb", encoding="utf-8")
    with pytest.raises(DamagedFiles, match="do not fit"):
        Encoder.load(folder)
    with pytest.raises(DamagedFiles):
        Encoder.load(tmp_path / "none")


def test_understanding_needs_no_training_library(model_folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from nlu.embedded import EmbeddedInterpreter; "
        f"EmbeddedInterpreter.load(Path({str(model_folder)!r})).understand(['你好']); "
        "assert not {'sklearn', 'scipy', 'wordllama', 'py3langid'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=SAMPLE.parents[1])


def test_sentences_of_one_meaning_are_close(encoder: Encoder) -> None:
    refund, again, other = encoder.encode(["退款多久到账", "how long does a refund take", "你好"])
    assert refund @ again > refund @ other + 0.2
    assert np.allclose(
        np.linalg.norm(encoder.encode(["", "a", "一个很长的句子 " * 50]), axis=1), 1.0, atol=1e-4
    )


def test_the_figures_of_the_sample_hold(encoder: Encoder) -> None:
    report = evaluate_knowledge(load_knowledge(SAMPLE), load_examples(), load_unrelated(), encoder)
    assert report.accuracy["zh"] > 0.74
    assert report.accuracy["en"] > 0.69
    assert report.unknown_not_answered > 0.78
    assert report.unrelated_not_answered > 0.85
    assert min(report.answered_right.values()) > 0.9
    assert report.calibration_error < 0.06
    assert report.signals["complaint"].f1 > 0.85
    assert report.signals["wants_human"].f1 > 0.92
    assert report.signals["emergency"].recall > 0.94
    assert report.signals["emergency"].precision > 0.85


def test_a_model_learns_from_plain_pairs(encoder: Encoder, tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    path.write_text(
        "text,label\n"
        + "".join(
            f"{text},pets\n"
            for text in ("my dog is hungry", "feed the cat", "a walk with the dog", "cat food")
        )
        + "".join(
            f"{text},money\n" for text in ("pay my bill", "bank transfer", "send money", "credit card limit")
        ),
        encoding="utf-8",
    )
    rows = read_rows(path)
    test = [("the dog wants food", "pets"), ("transfer cash", "money"), ("weather in Rome", "weather")]
    report, predictions = evaluate_rows(rows, test, load_examples(), load_unrelated(), encoder)
    assert (report.rows, report.in_scope, report.accuracy) == (3, 2, 1.0)
    assert [row.intent for row in predictions[:2]] == ["pets", "money"]
    write_predictions(predictions, tmp_path / "out.csv")
    lines = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "text,label,intent,confidence,decision"
    assert len(lines) == 4


def test_a_file_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    for content in (b"a,b\n1,2\n", b"text,label\n", b"text,label\n\xff\xfe,x\n"):
        (tmp_path / "x.csv").write_bytes(content)
        with pytest.raises(BadInput):
            read_rows(tmp_path / "x.csv")
    with pytest.raises(BadInput):
        read_rows(tmp_path / "none.csv")


def test_a_model_of_one_label_can_be_trained(encoder: Encoder) -> None:
    model = train(
        labelled_pairs([("hello", "a"), ("hi there", "a")]), load_examples(), load_unrelated(), encoder
    )
    assert EmbeddedInterpreter(model, encoder).understand(["hello"])[0].intent == "a"


def test_left_out_scores_are_those_of_a_training_without_them() -> None:
    random = np.random.default_rng(1)
    vectors = random.normal(size=(40, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    labels = np.arange(40) % 4
    cosines, targets = vectors @ vectors.T, one_of(labels, 4)
    folds = spread_folds(labels, 5)
    scores = fit(cosines, targets).left_out(folds)
    for fold in folds:
        rest = np.setdiff1d(np.arange(40), fold)
        without = fit(cosines[np.ix_(rest, rest)], targets[rest])
        assert np.allclose(scores[fold], closeness(cosines[np.ix_(fold, rest)]) @ without.weights, atol=1e-4)


def test_a_calibration_recovers_the_odds_it_was_drawn_from() -> None:
    random = np.random.default_rng(2)
    features = random.normal(size=(20_000, 2))
    truth = Logistic(0.5, (1.0, -2.0))
    yes = random.random(20_000) < truth.probability(features)
    fitted = fit_logistic(features, yes, np.ones(20_000))
    assert np.allclose((fitted.bias, *fitted.weights), (truth.bias, *truth.weights), atol=0.1)


def test_the_threshold_keeps_the_precision() -> None:
    confidence = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    right = np.array([True, True, False, True, False])
    assert lowest_threshold(confidence, right, np.ones(5), precision=0.9, least=0.3) == 0.8
    assert lowest_threshold(confidence, right, np.ones(5), precision=0.75, least=0.3) == 0.6
    assert lowest_threshold(confidence, right, np.ones(5), precision=0.75, least=0.7) == 0.7
    assert lowest_threshold(confidence, ~right, np.ones(5), precision=0.9, least=0.3) > 0.9


def test_models_are_values(model_folder: Path) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        load(model_folder).answer_at = 0.1  # type: ignore[misc]
