"""What the classifiers see of a text: tf-idf of words and characters, and a static word embedding beside it.

Nothing here needs scikit-learn: the server must not carry it.
"""

import importlib.util
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import orjson
import rjieba
from numpy.typing import NDArray
from scipy import sparse
from tokenizers import Tokenizer

_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+|[^\W\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+(?:'[^\W\d]+)?|[^\w\s]")
