"""Serves the workbench on Panel's own Tornado server. Nothing it sends asks another host for anything."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from pathlib import Path

import panel as pn
from bokeh.settings import settings as bokeh_settings

from workbench.app.desk import Desk
from workbench.app.handlers import routes
from workbench.app.pages import compare_page, workbench_page
from workbench.city.city import City
from workbench.errors import SettingsError
from workbench.storage import open_store

__all__ = ["serve"]

logger = logging.getLogger(__name__)

ANY_HOST = ("0.0.0.0", "::", "")  # noqa: S104 (asked for by whoever starts the server)
MAX_MESSAGE_BYTES = 4_000_000
"""Largest message a browser may send: an upload of 1 MB and its wrapping."""


def serve(
    city: City,
    *,
    storage_url: str,
    cache_dir: Path | None = None,
    host: str = "127.0.0.1",
    port: int = 5006,
    threads: int = 0,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """
    Serve the workbench until the process is stopped.

    Parameters
    ----------
    city
        The city to draw on.
    storage_url
        Where alternatives and ballots are kept, e.g. `sqlite:///folder/workbench.db`.
    cache_dir
        Where base travel times are kept. Those that are missing are computed while people may draw already.
    host, port
        Where to listen. Port 0 takes a free one.
    threads
        Threads for scoring; 0 for all cores.
    on_ready
        Called with the address once the server listens.

    Raises
    ------
    SettingsError
        If nothing can listen on this host and port.
    StorageError
        If the store cannot be opened.
    """
    bokeh_settings.resources = "server"
    pn.extension(notifications=False)
    port = port or _free_port(host)
    with open_store(storage_url) as store:
        desk = Desk(city, cache_dir=cache_dir, n_threads=threads)
        try:
            server = pn.serve(
                {"/": lambda: workbench_page(desk, store), "compare": lambda: compare_page(desk, store)},
                port=port,
                address=host,
                websocket_origin=[f"{name}:{port}" for name in _names(host)],
                websocket_max_message_size=MAX_MESSAGE_BYTES,
                extra_patterns=routes(desk),
                compress_response=True,
                title="Assembly Lines",
                show=False,
                start=False,
                verbose=False,
                location=False,
            )
            logger.info("listening on %s:%d", host, port)
            if on_ready is not None:
                on_ready(f"http://{'localhost' if host in ANY_HOST else host}:{port}/")
            server.run_until_shutdown()
        except OSError as error:
            message = f"cannot listen on {host} port {port}: {error.strerror or error}; choose another with --port"
            raise SettingsError(message) from error
        finally:
            desk.close()


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _names(host: str) -> list[str]:
    """Return the names under which browsers may open the page: this machine's own, on its own networks."""
    names = {"localhost", "127.0.0.1", host} - set(ANY_HOST)
    if host in ANY_HOST:
        names.add(socket.gethostname())
        try:
            names |= {str(entry[4][0]) for entry in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                probe.connect(("192.0.2.1", 9))  # sends nothing; tells which of our addresses faces the network
                names.add(probe.getsockname()[0])
        except OSError as error:
            logger.warning("cannot find this machine's address on the network: %s", error)
    return sorted(names)
