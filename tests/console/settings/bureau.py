"""A desk with a config.yml of its own, and its settings' pages."""

from bot.config import Config
from bot.desk_base import DeskBase
from console.settings import routes as desk_settings
from handoff.adjusting.acts import Adjusting
from tests.console.world import World

DAY = ["09:00-21:00"]
CONFIG = Config.model_validate(
    {
        "shop": {"name": {"zh": "好物", "en": "Goods"}},
        "desk": {
            "hours": {"mon": DAY, "tue": DAY, "wed": DAY, "thu": DAY, "fri": DAY},
            "holidays": "CN",
            "exceptions": {"2027-02-05": []},
            "queues": {
                "service": {"zh": "客服", "en": "Service"},
                "care": {"zh": "投诉处理", "en": "Complaints", "members": ["lin", "ghost"]},
            },
            "routes": {"complaint": "care"},
            "default_queue": "service",
            "agents": {"lin": {"skills": ["electrics"], "capacity": 3}},
            "standards": {"basic": {"take": "5m"}},
            "categories": {"orders": {"zh": "订单", "en": "Orders"}},
        },
    }
)
BASE = DeskBase(CONFIG)


def open_settings(world: World) -> Adjusting:
    """Adds the pages to the world's app."""
    adjusting = Adjusting(world.database, world.wakeups, BASE, clock=world.clock)
    world.app.include_router(desk_settings.routes(adjusting, world.sessions))
    return adjusting
