"""Where a request comes from: from our own pages, and from this very machine."""

import ipaddress
from urllib.parse import urlsplit

from fastapi import HTTPException, Request

from console.pages import texts_for

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
# Any of these says that somebody else's request was passed on to us.
FORWARDING_HEADERS = frozenset({"forwarded", "via", "x-real-ip"})


def check_same_origin(request: Request) -> None:
    """A dependency that refuses what other sites' pages ask for (cross-site request forgery) with 403.

    Browsers tell the origin; a client that tells nothing is no browser, so it was not tricked.
    """
    if request.method in SAFE_METHODS:
        return
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        fine = site in ("same-origin", "none")
    else:
        fine = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    if not fine:
        raise HTTPException(403, texts_for(request)("cross_origin"))


def is_on_this_machine(request: Request) -> bool:
    """Whether the request was made on this machine, to this machine, with nothing in between."""
    hosts = request.headers.getlist("host")
    forwarded = any(name.startswith("x-forwarded") or name in FORWARDING_HEADERS for name in request.headers)
    return (
        not forwarded
        and request.client is not None
        and _is_loopback(request.client.host)
        and len(hosts) == 1
        # The name matters too: a stranger's page may point its own name at 127.0.0.1 (DNS rebinding).
        and _host_name(hosts[0]) in LOCAL_NAMES
    )


def _is_loopback(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return (mapped or parsed).is_loopback


def _host_name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None
