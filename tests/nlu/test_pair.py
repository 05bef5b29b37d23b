"""Two models as one blob: whatever has become of its bytes, it gives both as they were, or is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.embedded import pair
from nlu.embedded.model import DamagedModel

models = st.binary(max_size=300)


@given(first=models, second=models)
def test_what_is_joined_can_be_split(first: bytes, second: bytes) -> None:
    assert pair.split(pair.join(first, second)) == (first, second)


@given(first=models, second=models, place=st.integers(min_value=0), change=st.integers(1, 255))
def test_a_byte_that_has_changed_is_told(first: bytes, second: bytes, place: int, change: int) -> None:
    data = bytearray(pair.join(first, second))
    data[place % len(data)] ^= change
    with pytest.raises(DamagedModel):
        pair.split(bytes(data))


@given(first=models, second=models, data=st.data())
def test_what_is_missing_is_told(first: bytes, second: bytes, data: st.DataObject) -> None:
    whole = pair.join(first, second)
    with pytest.raises(DamagedModel):
        pair.split(whole[: data.draw(st.integers(0, len(whole) - 1))])


@given(data=st.binary(max_size=200))
def test_what_is_something_else_is_told(data: bytes) -> None:
    with pytest.raises(DamagedModel):
        pair.split(data)
