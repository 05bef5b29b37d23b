"""Two models as one blob: an engine's, and that of the one that answers while the first is away.

magic, 8 bytes | SHA-256 of the rest, 32 bytes | length of the first model, 8 bytes | first model | second model
"""

import hashlib
import struct

from nlu.embedded.model import DamagedModel

_MAGIC = b"shouwen2"
_LENGTH = struct.Struct(">Q")
_DIGEST = hashlib.sha256().digest_size
_HEAD = len(_MAGIC) + _DIGEST + _LENGTH.size


def join(first: bytes, second: bytes) -> bytes:
    """What `split` takes apart."""
    rest = _LENGTH.pack(len(first)) + first + second
    return _MAGIC + hashlib.sha256(rest).digest() + rest


def split(data: bytes) -> tuple[bytes, bytes]:
    """The two models. Raises `DamagedModel` when a single bit is not as it was written."""
    if len(data) < _HEAD or not data.startswith(_MAGIC):
        raise DamagedModel("these are not two models")
    digest, rest = data[len(_MAGIC) : len(_MAGIC) + _DIGEST], data[len(_MAGIC) + _DIGEST :]
    if hashlib.sha256(rest).digest() != digest:
        raise DamagedModel("its bytes have changed")
    (length,) = _LENGTH.unpack_from(rest)
    models = rest[_LENGTH.size :]
    if length > len(models):
        raise DamagedModel("it is incomplete")
    return models[:length], models[length:]
