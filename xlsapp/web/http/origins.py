"""Whether a request comes from this machine itself, and under a name of this machine's own."""

import ipaddress
import re
from typing import Any

from starlette.requests import HTTPConnection

# Whatever a proxy says of whom it asks for (RFC 7239, and all that was there before it). Behind a proxy on
# the same machine everybody comes from loopback.
FORWARDED = re.compile(
    r".*forward.*|via|cdn-loop|.*-(?:ip|addr|address|country)|x-real-.*|x-original-.*|x-envoy-.*|x-client-.*"
    r"|x-cluster-.*|x-proxy.*|x-appengine-.*|x-azure-.*|x-arr-.*|x-amz.*|x-vercel-.*|x-nf-.*"
    r"|(?:cf|fastly|fly|akamai|incap|do)-.*"
)


def is_from_here(connection: HTTPConnection[Any]) -> bool:
    """Whether a program on this machine asks the app itself: no proxy, and no borrowed name."""
    client = connection.client
    if client is None or not is_loopback(client.host):
        return False
    if any(FORWARDED.fullmatch(name.lower()) for name in connection.headers):
        return False
    return is_loopback(host_name(connection))


def is_loopback(host: str) -> bool:
    """Whether a host's name or address never leaves this machine."""
    if host == "localhost" or host.endswith(".localhost"):  # RFC 6761, section 6.3
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def host_name(connection: HTTPConnection[Any]) -> str:
    """The name that a request was sent to, in lower case and without its port."""
    host = connection.headers.get("host", "").lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].removesuffix(".")
