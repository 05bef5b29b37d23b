"""A trainer that remembers what it has trained last: a draft that was tried out is published at once."""

import threading
from collections import OrderedDict
from concurrent.futures import Future

from nlu.knowledge.documents import fingerprint
from nlu.knowledge.entries import KnowledgeBase
from nlu.knowledge.publishing import Trainer, Training

KEPT = 2  # trainings: the draft, and what it was before the last edit


class Remembering:
    """Implements `Trainer`: trains the same knowledge once, also for two who ask at the same time."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self._lock = threading.Lock()
        self._trainings: OrderedDict[str, Future[Training]] = OrderedDict()

    @property
    def key(self) -> str:
        """The trainer's."""
        return self._trainer.key

    def get_ready(self) -> None:
        """As the trainer."""
        self._trainer.get_ready()

    def train(self, knowledge: KnowledgeBase) -> Training:
        """What was trained of it, or is being trained; else it is trained now. What fails is tried again."""
        mark = fingerprint(knowledge)
        with self._lock:
            training = self._trainings.get(mark)
            mine = training is None
            if training is None:
                training = self._trainings[mark] = Future()
            self._trainings.move_to_end(mark)
            while len(self._trainings) > KEPT:
                self._trainings.popitem(last=False)
        if mine:
            try:
                training.set_result(self._trainer.train(knowledge))
            except BaseException as error:
                with self._lock:
                    if self._trainings.get(mark) is training:
                        del self._trainings[mark]
                training.set_exception(error)
        return training.result()
