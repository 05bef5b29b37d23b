"""Training, storing and loading models, and the figures about them."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import BadInput
from nlu.embedded.aside import Trained
from nlu.embedded.interpreter import EmbeddedInterpreter
from nlu.embedded.model import DamagedModel, from_bytes, to_bytes
from nlu.encoders.port import DamagedFiles, Encoder
from nlu.encoders.universal import ENCODER, UniversalEncoder
from nlu.evaluation import Bench, ask_crosswise, evaluate_rows, read_rows, write_predictions
from tests.nlu.conftest import SAMPLE, few

TEXTS = [
    "退货运费谁出",
    "where is my parcel",
    "转人工",
    "完全无关的一句话",
    "洗衣机冒烟了",
    "how do points work",
]


def test_a_model_that_was_stored_understands_the_same(
    interpreter: EmbeddedInterpreter, encoder: Encoder
) -> None:
    common = interpreter.model.correction.common
    again = EmbeddedInterpreter(from_bytes(to_bytes(interpreter.model), common=common), encoder)
    for before, after in zip(interpreter.understand(TEXTS), again.understand(TEXTS), strict=True):
        assert (before.intent, before.complaint.decision) == (after.intent, after.complaint.decision)
        assert before.confidence == pytest.approx(after.confidence, abs=0.01)


def test_a_damaged_model_is_told(trained: Trained) -> None:
    for damaged in (trained.model[: len(trained.model) // 2], b"", b"{}"):
        with pytest.raises(DamagedModel, match="trained anew"):
            from_bytes(damaged, common=frozenset())


def test_a_model_of_another_encoder_is_refused(interpreter: EmbeddedInterpreter, encoder: Encoder) -> None:
    with pytest.raises(DamagedModel, match="other-encoder"):
        EmbeddedInterpreter(replace(interpreter.model, encoder="other-encoder"), encoder)


def test_a_damaged_encoder_says_how_to_mend_it(trained: Trained, cache: Path, tmp_path: Path) -> None:
    folder = tmp_path / ENCODER
    folder.mkdir()
    for file in (cache / ENCODER).iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "pieces.txt").write_text("a\nb", encoding="utf-8")
    with pytest.raises(DamagedFiles, match="do not fit"):
        UniversalEncoder.load(folder)
    with pytest.raises(DamagedFiles):
        UniversalEncoder.load(tmp_path / "none")


def test_understanding_needs_no_training_library(trained: Trained, cache: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from nlu.embedded.trained import load_interpreter; "
        f"folder = Path({str(cache)!r}); "
        "load_interpreter((folder / 'sample.model').read_bytes(), folder).understand(['你好']); "
        "assert not {'scipy', 'pypinyin', 'model2vec', 'fastembed'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=SAMPLE.parents[1])


def test_sentences_of_one_meaning_are_close(encoder: Encoder) -> None:
    refund, again, other = encoder.encode(["退款多久到账", "how long does a refund take", "你好"])
    assert refund @ again > refund @ other + 0.2
    assert np.allclose(
        np.linalg.norm(encoder.encode(["", "a", "一个很长的句子 " * 50]), axis=1), 1.0, atol=1e-3
    )


def test_the_figures_of_the_sample_hold(figures: Mapping[str, Any]) -> None:
    assert min(figures["accuracy"].values()) >= 0.9
    assert figures["answered_right"] >= 0.9
    assert figures["calibration_error"] <= 0.05
    risks = [point["risk"] for point in figures["risk_coverage"]]
    assert risks[4] < risks[10] < risks[-1]  # who answers less is wrong less often


def test_crosswise_every_phrasing_is_asked_once_of_an_engine_that_did_not_learn_it(bench: Bench) -> None:
    knowledge = few("greeting", "invoice_request", "return_how", "points_use")
    asked = ask_crosswise(knowledge, bench)
    assert sorted((each.text, each.label) for each in asked) == sorted(
        (text, entry.id)
        for entry in knowledge.entries.values()
        for texts in entry.phrasings.values()
        for text in texts
    )
    certain = [each for each in asked if each.understood.confidence >= 0.99]  # twins of another phrasing
    assert len(certain) < 0.05 * len(asked)
    assert sum(each.right for each in asked) > 0.7 * len(asked)


def test_a_model_learns_from_plain_pairs(bench: Bench, tmp_path: Path) -> None:
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
    test = [("the dog wants food", "pets"), ("transfer cash", "money"), ("weather in Rome", "weather")]
    report, predictions = evaluate_rows(read_rows(path), test, bench)
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


def test_a_model_of_one_label_can_be_trained(bench: Bench) -> None:
    engine = bench.of_pairs([("hello", "a"), ("hi there", "a")])
    assert engine.understand(["hello"])[0].intent == "a"


def test_what_the_knowledge_base_calls_out_of_scope_is_not_answered(bench: Bench) -> None:
    knowledge = few("greeting", "product_stock", "repair_request", "installation_booking", "return_how")
    question = "你们收二手家电吗"
    outside = ("你们回收旧电器吗", "旧冰箱卖给你们要不要", "以旧换新收多少钱", "家里的旧家电怎么处理")
    (before,) = bench.of_knowledge(knowledge).understand([question])
    (after,) = bench.of_knowledge(replace(knowledge, out_of_scope={"zh": outside})).understand([question])
    assert after.confidence < before.confidence


def test_synonyms_of_the_shop_mean_the_same(bench: Bench) -> None:
    knowledge = few("points_use", "greeting", "invoice_request", "delivery_fee", "return_how")
    with_synonyms = replace(knowledge, synonyms=(("积分", "青豆"),))
    question = "青豆怎么用"
    (before,) = bench.of_knowledge(knowledge).understand([question])
    (after,) = bench.of_knowledge(with_synonyms).understand([question])
    assert before.confidence < 0.99
    assert (after.intent, after.confidence) == ("points_use", 0.99)  # it reads as a known phrasing
