"""Pages of lists: which one an address asks for, and the links to those beside it."""

import re

import pytest

from console.paging import DEEPEST, make_pager, read_number
from tests.console.world import PASSWORD, World


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        *(("1", 1), ("7", 7), ("٣", 3), ("0", 1), ("-2", 1), ("", 1), ("x", 1), ("²", 1), ("2.5", 1)),
        ("9999999", DEEPEST),
        ("9" * 5_000, 1),
    ],
)
def test_a_number_is_read_and_what_is_none_is_the_first_page(asked: str, number: int) -> None:
    assert read_number(asked) == number


def test_the_first_the_last_and_a_page_between() -> None:
    asked = {"q": "a&b", "tag": ""}
    first = make_pager("/list", asked, 1, pages=3)
    assert (first.earlier, first.later) == (None, "/list?q=a%26b&page=2")
    between = make_pager("/list", asked, 2, has_more=True)
    assert (between.earlier, between.later) == ("/list?q=a%26b&page=1", "/list?q=a%26b&page=3")
    last = make_pager("/list", {}, 3, pages=3)
    assert (last.earlier, last.later) == ("/list?page=2", None)
    assert make_pager("/list", {}, 1).later is None


def test_what_is_read_upwards_has_its_next_page_before_it() -> None:
    newest = make_pager("/said", {}, 1, has_more=True).upwards()
    assert (newest.earlier, newest.later) == ("/said?page=2", None)


@pytest.mark.parametrize(
    "address",
    [
        "/console/desk/contacts",
        "/console/customers",
        "/console/overview/list?figure=opened",
    ],
)
async def test_an_address_with_no_number_for_a_page_shows_the_first(world: World, address: str) -> None:
    await world.agent()
    async with world.browser() as browser:
        await browser.post("/console/sign-in", data={"username": "lin", "password": PASSWORD})
        first = await browser.get(address)
        for wrong in ("x", "0", "-1", "", "1e3"):
            answer = await browser.get(f"{address}{'&' if '?' in address else '?'}page={wrong}")
            assert answer.status_code == 200, wrong
            assert main(answer.text) == main(first.text), wrong


def main(page: str) -> str:
    """What stands below the bar; the form in which a contact is logged has a new key each time."""
    found = re.search(r"<main.*</main>", page, re.S)
    assert found
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", found[0])
