"""The command line: `shouwen`, and the same as `python -m bot`."""

from collections.abc import Callable

import typer
from sqlalchemy.exc import SQLAlchemyError

from bot.commands import (
    administration,
    customers,
    knowledge,
    report_sending,
    reports,
    service,
    settings,
    slack,
    tickets,
    understanding,
)
from core.errors import ShouwenError

GROUPS: dict[str, tuple[str, dict[str, Callable[..., None]]]] = {
    "kb": (
        "The knowledge base: a draft, and versions, one of which is live.",
        {
            "import": knowledge.import_file,
            "export": knowledge.export_file,
            "check": knowledge.check_knowledge,
            "publish": knowledge.publish,
            "versions": knowledge.show_versions,
            "rollback": knowledge.roll_back,
        },
    ),
    "customer": (
        "What is kept of customers.",
        {
            "export": customers.export,
            "erase": customers.erase,
            "date": customers.set_date,
            "retention": customers.retention,
        },
    ),
    "ticket": ("Customers' requests.", {"progress": tickets.progress}),
    "report": (
        "Figures of a week or a month.",
        {
            "week": reports.week,
            "month": reports.month,
            "send": report_sending.send,
            "recount": reports.recount,
        },
    ),
    "settings": ("How the desk works.", {"show": settings.show}),
    "db": ("The database.", {"upgrade": administration.upgrade_database}),
    "user": (
        "People who sign in to the desk.",
        {
            "invite": administration.invite_user,
            "add": administration.add_user,
            "role": administration.set_role,
        },
    ),
    "slack": (
        "The desk in Slack.",
        {"people": slack.people, "link": slack.link, "unlink": slack.unlink},
    ),
    "token": (
        "Tokens of the HTTP API.",
        {
            "add": administration.add_api_token,
            "list": administration.list_api_tokens,
            "revoke": administration.revoke_api_token,
        },
    ),
}

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
app.command("run")(service.run_command)
app.command("chat")(service.chat)
app.command("parse")(understanding.parse)
app.command("evaluate")(understanding.evaluate)
app.command("doctor")(administration.doctor)
for name, (text, commands) in GROUPS.items():
    group = typer.Typer(no_args_is_help=True, help=text)
    group.callback()(lambda: None)  # keeps a group of one command a group
    for command, function in commands.items():
        group.command(command)(function)
    app.add_typer(group, name=name)


def main() -> None:
    """Run the command line; what people can mend is told in one line, without a traceback."""
    try:
        app()
    except ShouwenError as error:
        fail(str(error))
    except (SQLAlchemyError, OSError) as error:
        fail(
            f"the database or the system said: {str(error).splitlines()[0]}. Check DATABASE_URL and permissions."
        )


def fail(message: str) -> None:
    """Say what is wrong and end with status 1."""
    typer.secho(f"shouwen: {message}", fg=typer.colors.RED, err=True)
    raise SystemExit(1)
