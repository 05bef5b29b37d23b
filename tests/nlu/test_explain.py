"""The reasons that are given for a decision."""

from nlu.embedded.examples import of_knowledge
from nlu.embedded.explain import explain
from nlu.embedded.interpreter import EmbeddedInterpreter
from nlu.knowledge.documents import load_knowledge
from nlu.signals import load_unrelated
from tests.nlu.conftest import SAMPLE


def test_a_decision_is_explained_by_phrasings_and_terms(interpreter: EmbeddedInterpreter) -> None:
    known = of_knowledge(load_knowledge(SAMPLE), load_unrelated())
    reason = explain(interpreter, known, "積汾怎麼用")
    assert reason.read_as == "积分怎么用"
    assert any(near.entry == "points_use" for near in reason.nearest)
    assert [near.closeness for near in reason.nearest] == sorted(
        (near.closeness for near in reason.nearest), reverse=True
    )
    assert any("积分" in term.term and term.weight > 0 for term in reason.terms)
    assert reason.signals["wants_human"].rule == "open"
    assert explain(interpreter, known, "轉人工").signals["wants_human"].rule == "yes"
