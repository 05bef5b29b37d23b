"""Settings changed in the console, as a customer and an agent meet them: routes, members, hours, without a restart."""

from dataclasses import replace

from bot.turns import Turns
from core.database import Database
from core.wakeups import LocalWakeups
from handoff.adjusting.acts import Adjusting
from handoff.adjusting.live import LiveSettings
from tests.bot.test_routing import holder
from tests.console.settings.bureau import BASE
from tests.shop import Shop


async def test_the_next_customer_meets_the_desk_as_it_was_changed(shop: Shop, database: Database) -> None:
    live = LiveSettings(database, BASE)
    await live.load()
    shop.cases.settings = live
    turns = shop.turns
    settings = replace(turns._settings, desk=live)
    shop.turns = Turns(database, shop.wakeups, brain=turns.brain, settings=settings, clock=lambda: shop.now)
    adjusting = Adjusting(database, LocalWakeups(), BASE, clock=lambda: shop.now)
    await shop.on_duty("lin", "wei")

    await shop.customer_says("我要人工", customer="a")
    assert (await shop.ticket()).queue == "service"

    changes = {"default_queue": "care", "queues.care": {"zh": "售后", "en": "Aftersales", "members": ["wei"]}}
    await adjusting.save(changes, seen=None, who="ma")
    await live.step()
    await shop.customer_says("我要人工", customer="b")
    assert (await shop.ticket()).queue == "care"
    await shop.clocks_run(seconds=1)
    assert await holder(shop) == "wei"

    closed = {"exceptions.2026-11-23": [], "exceptions.2026-11-24": ["10:00-11:00"]}
    await adjusting.save(closed, seen=None, who="ma")
    await live.step()
    told = await shop.customer_says("我要人工", customer="c")
    assert "10:00" in "".join(message.text for message in told)
