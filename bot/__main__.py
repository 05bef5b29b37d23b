"""`python -m bot` is `shouwen`."""

from bot.cli import main

main()
