"""What `shouwen` and `python -m bot` start."""

import gc
from importlib import import_module


def main() -> None:
    """Run the command line.

    What its imports make stays until the end: the collector is kept from going through it while it comes, ever after,
    and once more when the process ends. That would be a third of all that a short command takes.
    """
    gc.disable()
    cli = import_module("bot.cli")  # only now
    gc.freeze()
    gc.enable()
    cli.main()


if __name__ == "__main__":
    main()
