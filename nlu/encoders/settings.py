"""Which encoder, and how it is reached: what config.yml and the environment say."""

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """Where vectors come from."""

    UNIVERSAL = "universal"  # the sentence encoder that is installed with Shouwen
    MODEL2VEC = "model2vec"  # static vectors, from a folder or the local Hugging Face cache
    FASTEMBED = "fastembed"  # an ONNX model, from a folder or fastembed's cache
    ENDPOINT = "endpoint"  # a server that speaks OpenAI's embeddings API


@dataclass(frozen=True, kw_only=True)
class EncoderSettings:
    """An encoder. What a kind has no use for is left as it is."""

    kind: Kind = Kind.UNIVERSAL
    model: str = ""  # a folder, or a name that the kind knows
    dimensions: int | None = None  # None: as many as the model has
    download: bool = False  # whether a model that is not here may be fetched
    url: str = ""  # of the endpoint; /embeddings is added
    secret: str | None = field(default=None, repr=False)  # EMBEDDINGS_KEY
    batch: int = 32  # texts that the endpoint takes in a call
    longest: int = 1_200  # characters of a text that the endpoint is sent


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long an endpoint may take."""

    call: float  # seconds for one call
    total: float  # seconds for all calls of one `encode`, waits and further tries included


FOR_MESSAGES = Patience(call=2.0, total=4.0)  # a customer waits; after it the fallback answers
FOR_TRAINING = Patience(call=30.0, total=120.0)
