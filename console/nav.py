"""The bar that all pages of the console share: where an agent may go."""

from dataclasses import dataclass

from handoff.agents import Agent, Role


@dataclass(frozen=True, kw_only=True)
class Place:
    """A part of the console; `least` is who may see it, `label` names its text.

    `is_setup` is what nobody needs every day: it stands behind one button, so that the others fit.
    """

    path: str
    label: str
    least: Role = Role.VIEWER
    is_setup: bool = False


PLACES = (
    Place(path="/console/desk", label="nav_desk"),
    Place(path="/console/tickets", label="nav_tickets"),
    Place(path="/console/desk/contacts", label="nav_contacts"),
    Place(path="/console/complaints", label="nav_complaints"),
    Place(path="/console/customers", label="nav_customers"),
    Place(path="/console/knowledge", label="nav_knowledge"),
    Place(path="/console/gaps", label="nav_gaps"),
    Place(path="/console/overview", label="nav_overview"),
    Place(path="/console/settings", label="nav_settings", least=Role.SUPERVISOR, is_setup=True),
    Place(path="/console/channels", label="nav_channels", least=Role.SUPERVISOR, is_setup=True),
    Place(path="/console/accounts", label="nav_accounts", least=Role.ADMIN, is_setup=True),
    Place(path="/console/audit", label="nav_audit", least=Role.ADMIN, is_setup=True),
)


@dataclass(frozen=True, kw_only=True)
class Link:
    """A place as the bar shows it."""

    path: str
    label: str
    is_here: bool
    is_setup: bool


def links(agent: Agent, path: str) -> list[Link]:
    """What this agent may see, from the page at `path`."""
    seen = [each for each in PLACES if Role(agent.role).is_at_least(each.least)]
    around = [each.path for each in seen if path == each.path or path.startswith(f"{each.path}/")]
    here = max(around, key=len, default="")  # one part may lie in another
    return [
        Link(path=each.path, label=each.label, is_here=each.path == here, is_setup=each.is_setup)
        for each in seen
    ]
