"""Commands about what the bot understands."""

import dataclasses
import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot.app import load_brain
from bot.commands.common import CONFIG, ConfigOption, load, read_text
from bot.dialogue import Answer, Clarify, Decision, Handoff, Heard, Silence, State, decide
from core.clock import utc_now
from core.conversations import Owner
from core.errors import BadInput
from core.logs import set_up_logs
from core.messages import Kind
from nlu.encoder import Encoder
from nlu.encoder_files import build_encoder
from nlu.knowledge import load_knowledge
from nlu.signals import load_examples, load_unrelated
from nlu.understanding import Signal


class Engine(StrEnum):
    """Who understands."""

    EMBEDDED = "embedded"


def parse(config: ConfigOption = CONFIG) -> None:
    """Read texts from stdin, one a line; write what each is understood as, one JSON object a line."""
    set_up_logs(level="warning")
    settings, _ = load(config)
    brain = load_brain(settings)
    for line in sys.stdin.buffer:
        text = read_text(line)
        (found,) = brain.interpreter.understand([text])
        heard = Heard(kind=Kind.TEXT, text=text, at=utc_now(), understanding=found)
        decision = decide(
            State(), heard, owner=Owner.BOT, policy=brain.policy, entries=brain.knowledge.entries.keys()
        )
        shown = {
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
        typer.echo(json.dumps(shown, ensure_ascii=False))


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
    # SciPy comes with it: 0.2 s and 15 MB that no other command, and no server, needs.
    from nlu.evaluation import (  # noqa: PLC0415
        evaluate_knowledge,
        evaluate_rows,
        read_rows,
        write_predictions,
    )

    set_up_logs(level="warning")
    settings, _ = load(config)
    encoder = Encoder.load(build_encoder(settings.data_folder / "models"))
    precision = settings.bot.target_precision
    if (train is None) != (test is None):
        raise BadInput("--train and --test", "belong together; give both, or neither for the knowledge base")
    if train is None or test is None:
        knowledge = load_knowledge(settings.bot.knowledge)
        report = dataclasses.asdict(
            evaluate_knowledge(knowledge, load_examples(), load_unrelated(), encoder, precision=precision)
        )
    else:
        rows, predicted = evaluate_rows(
            read_rows(train), read_rows(test), load_examples(), load_unrelated(), encoder, precision=precision
        )
        report = dataclasses.asdict(rows)
        if predictions is not None:
            write_predictions(predicted, predictions)
    typer.echo(json.dumps({"engine": engine, **report}, indent=2, ensure_ascii=False))


def check_knowledge(config: ConfigOption = CONFIG) -> None:
    """Check the knowledge base's files and count what is in them."""
    settings, _ = load(config)
    knowledge = load_knowledge(settings.bot.knowledge)
    phrasings = sum(len(texts) for entry in knowledge.entries.values() for texts in entry.phrasings.values())
    typer.echo(
        f"{settings.bot.knowledge}: {len(knowledge.entries)} entries, {phrasings} phrasings, no mistakes found"
    )
