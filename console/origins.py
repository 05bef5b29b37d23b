"""Where a request comes from: from our own pages, and from this very machine."""

import ipaddress
from urllib.parse import SplitResult, urlsplit

import structlog
from fastapi import HTTPException, Request

from console.pages import texts_for

log = structlog.get_logger(__name__)

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
    site, origin, host = (request.headers.get(name) for name in ("sec-fetch-site", "origin", "host"))
    # A foreign origin is refused whatever is said of the site.
    is_ours = origin is None or (bool(host) and _split(origin).netloc == host)
    if not is_ours or site not in (None, "same-origin", "none"):
        mend = "if this was one of our own pages, let the proxy pass on the Host header as it came"
        log.warning("origin.refused", origin=origin, host=host, site=site, mend=mend)
        raise HTTPException(403, texts_for(request)("cross_origin"))


def is_on_this_machine(request: Request) -> bool:
    """Whether the request was made on this machine, to this machine, with nothing in between.

    A proxy on this machine may hide itself well, so this alone is no protection of a public service.
    """
    hosts, origin = request.headers.getlist("host"), request.headers.get("origin")
    forwarded = any(name.startswith("x-forwarded") or name in FORWARDING_HEADERS for name in request.headers)
    return (
        not forwarded
        # Browsers do not speak it; it is how nginx calls us where nobody has told it otherwise.
        and request.scope["http_version"] != "1.0"
        and request.client is not None
        and is_loopback(request.client.host)
        and len(hosts) == 1
        # The name matters too: a stranger's page may point its own name at 127.0.0.1 (DNS rebinding).
        and _split(f"//{hosts[0]}").hostname in LOCAL_NAMES
        and (origin is None or _split(origin).hostname in LOCAL_NAMES)
    )


def is_loopback(address: str) -> bool:
    """Whether the address is one of this machine's own, as 127.0.0.1 is."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return (mapped or parsed).is_loopback


def _split(address: str) -> SplitResult:
    """The parts of an address; none of one that cannot be read."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")
