"""The web server: it listens before anything else is ready, and ends when it is told to."""

import asyncio
import contextlib
import socket

import uvicorn
from fastapi import FastAPI

from core.errors import ConfigError

STOP_SECONDS = 3  # that requests under way get to finish when the process is asked to stop


class Server:
    """The web server: serves from when it is made until `end()`, which lets requests under way finish."""

    def __init__(self, app: FastAPI, listening: socket.socket) -> None:
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                http="httptools",
                ws="websockets-sansio",
                ws_max_size=1_000_000,
                lifespan="off",
                timeout_graceful_shutdown=STOP_SECONDS,
                server_header=False,
            )
        )
        # Signals are ours: uvicorn would end the process before the rest has stopped.
        self._server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
        self._serving = asyncio.create_task(self._server.serve(sockets=[listening]))

    async def watch(self) -> None:
        """Raises when the server ends by itself. Shielded: `end()` decides, not who watches."""
        await asyncio.shield(self._serving)
        raise RuntimeError("the web server ended by itself")

    async def end(self) -> None:
        self._server.should_exit = True
        await self._serving


def listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(2048)  # from here on nobody is refused
    except OSError as error:
        listening.close()
        raise ConfigError(
            "PORT",
            f"cannot listen on {host}:{port} ({error.strerror})",
            "Stop what uses it, or choose: --port 8081",
        ) from error
    return listening
