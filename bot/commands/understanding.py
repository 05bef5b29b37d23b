"""Commands about what the bot understands."""

import contextlib
import dataclasses
import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.commands.common import CONFIG, ConfigOption, load, read_text, tell, with_database
from bot.config import Config, Environment
from bot.decisions import Answer, Clarify, Decision, Handoff, Heard, Silence
from bot.dialogue import decide
from bot.engines import find_embedded, models_folder, open_brains
from bot.rasa import make_command_engine
from bot.state import State
from bot.turn import Brain
from core.clock import utc_now
from core.conversations import Owner
from core.errors import BadInput
from core.logs import set_up_logs
from core.messages import Kind
from nlu.embedded.examples import of_knowledge
from nlu.embedded.explain import explain
from nlu.knowledge.documents import load_knowledge
from nlu.signals import load_examples, load_unrelated
from nlu.understanding import Signal, Understanding


class Engine(StrEnum):
    """Who understands."""

    EMBEDDED = "embedded"
    RASA = "rasa"


def parse(
    reasons: Annotated[
        bool, typer.Option("--explain", help="Add the nearest phrasings and the terms that weighed most.")
    ] = False,
    config: ConfigOption = CONFIG,
) -> None:
    """Read texts from stdin, one a line; write what each is understood as, one JSON object a line."""
    set_up_logs(level="warning")
    settings, environment = load(config)
    with contextlib.closing(make_command_engine(settings, environment, tell=tell)) as engine:
        _, loaded = with_database(
            environment, lambda database: open_brains(settings, engine, database, take_changes=False)
        )
        brain = loaded.brain
        known = of_knowledge(brain.knowledge, load_unrelated()) if reasons else None
        for line in sys.stdin.buffer:
            text = read_text(line)
            (found,) = brain.interpreter.understand([text])
            shown = _shown(text, found, brain)
            if known is not None and (embedded := find_embedded(brain.interpreter)) is not None:
                shown["explanation"] = dataclasses.asdict(explain(embedded, known, text))
            typer.echo(json.dumps(shown, ensure_ascii=False))


def _shown(text: str, found: Understanding, brain: Brain) -> dict[str, Any]:
    heard = Heard(kind=Kind.TEXT, text=text, at=utc_now(), understanding=found)
    decision = decide(State(), heard, owner=Owner.BOT, policy=brain.policy, entries=brain.knowledge.entries)
    return {
        "text": text,
        "language": found.language,
        "intent": found.intent,
        "confidence": round(found.confidence, 4),
        "alternatives": [
            {"intent": guess.intent, "probability": round(guess.probability, 4)}
            for guess in found.alternatives
        ],
        "complaint": _signal(found.complaint),
        "wants_human": _signal(found.wants_human),
        "urgency": found.urgency,
        "decision": type(decision).__name__.lower(),
        "reason": _reason(decision),
    }


def _reason(decision: Decision) -> str:
    match decision:
        case Answer():
            return "confident"
        case Handoff(reason=reason):
            return reason
        case Clarify(cause=cause) | Silence(cause=cause):
            return cause
        case _:
            return ""


def _signal(signal: Signal) -> dict[str, float | bool]:
    return {"probability": round(signal.probability, 4), "decision": signal.decision}


def evaluate(
    train: Annotated[Path | None, typer.Option(help="CSV with the columns text,label to learn from.")] = None,
    test: Annotated[Path | None, typer.Option(help="CSV with the columns text,label to predict.")] = None,
    predictions: Annotated[Path | None, typer.Option(help="Write each prediction here, as CSV.")] = None,
    engine: Annotated[Engine, typer.Option(help="Who understands.")] = Engine.EMBEDDED,
    config: ConfigOption = CONFIG,
) -> None:
    """Measure the understanding: on two CSV files, or crosswise on the knowledge base. Prints JSON.

    A label of the test file that is not in the training file means out of scope: the right decision
    is not to answer.
    """
    set_up_logs(level="warning")
    settings, environment = load(config)
    if (train is None) != (test is None):
        raise BadInput("--train and --test", "belong together; give both, or neither for the knowledge base")
    files = (train, test) if train is not None and test is not None else None
    if predictions is not None and files is None and engine is Engine.EMBEDDED:
        raise BadInput("--predictions", "needs --train and --test")
    if engine is Engine.RASA:
        report = _evaluate_rasa(settings, files, predictions)
    else:
        report = _evaluate_embedded(settings, environment, files, predictions)
    typer.echo(json.dumps({"engine": engine, **report}, indent=2, ensure_ascii=False))


def _evaluate_embedded(
    settings: Config, environment: Environment, files: tuple[Path, Path] | None, predictions: Path | None
) -> dict[str, Any]:
    # SciPy comes with it: 0.2 s and 15 MB that no other command, and no server, needs.
    from nlu.embedded.resources import ordinary_texts  # noqa: PLC0415
    from nlu.evaluation import (  # noqa: PLC0415
        evaluate_knowledge,
        evaluate_rows,
        open_bench,
        read_rows,
        write_predictions,
    )

    rows = [read_rows(file) for file in files or ()]
    bench = open_bench(
        settings.nlu.encoder.settings(environment.embeddings_key),
        models_folder(settings),
        precision=settings.bot.target_precision,
    )
    if not rows:
        knowledge = load_knowledge(settings.bot.knowledge)
        return dataclasses.asdict(evaluate_knowledge(knowledge, load_examples(), ordinary_texts(), bench))
    report, predicted = evaluate_rows(rows[0], rows[1], bench)
    if predictions is not None:
        write_predictions(predicted, predictions)
    return dataclasses.asdict(report)


def _evaluate_rasa(
    settings: Config, files: tuple[Path, Path] | None, predictions: Path | None
) -> dict[str, Any]:
    """On a Rasa server of its own, never the live one."""
    from nlu.evaluation import read_rows, write_predictions  # noqa: PLC0415
    from nlu.rasa.evaluation import evaluate_rasa  # noqa: PLC0415

    if files is not None:
        training, test = read_rows(files[0]), read_rows(files[1])
    else:
        from nlu.rasa.project import entry_intents  # noqa: PLC0415
        from nlu.rasa.rows import split_rows  # noqa: PLC0415

        training, test = split_rows(entry_intents(load_knowledge(settings.bot.knowledge)))
    report, predicted = evaluate_rasa(training, test, precision=settings.bot.target_precision)
    if predictions is not None:
        write_predictions(predicted, predictions)
    return dataclasses.asdict(report)
