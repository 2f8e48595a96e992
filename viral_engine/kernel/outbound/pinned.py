"""POST to an address that staff typed: only to hosts of the register, only to public networks, and only once.

The name is resolved once, every address is checked, and the connection goes to a checked address: a name that answers
differently the second time reaches nothing inside. Redirects are not followed, and the whole call has one deadline:
a receiver that sends a byte now and then ends like one that sends none.
"""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from time import monotonic
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from viral_engine.kernel.outbound.gate import OutboundFailed, OutboundRefused, is_loopback
from viral_engine.kernel.outbound.vendors import vendor_at

CONNECT_S, DEADLINE_S = 3.0, 10.0
PORTS = {"https": 443, "http": 80}
NAT64 = ipaddress.ip_network("64:ff9b::/96")  # an IPv4 address inside, a private one too
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class PinnedAnswer:
    """The answer of a receiver; `retry_after` is its header, as sent."""

    status: int
    retry_after: str


def url_refusal(url: str, *, vendor: str) -> str:
    """Why no connection may go to this address; empty when one may. The name is not resolved."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "This is no web address."
    is_ours = settings.OUTBOUND_LOOPBACK and is_loopback(host)
    known = vendor_at(host)
    refusals = {
        "Begin with https://.": parts.scheme != "https" and not (is_ours and parts.scheme == "http"),
        "Leave out user name and password.": parts.username is not None or parts.password is not None,
        "Leave out what follows #.": bool(parts.fragment),
        "This is no web address.": not host or port == 0 or not url.isascii() or not url.isprintable() or " " in url,
        f"The host is not in the vendor register: name it in VENDOR_HOSTS ({vendor}=...).": not is_ours
        and (known is None or known.key != vendor),
    }
    return next((reason for reason, applies in refusals.items() if applies), "")


def is_open_to(address: Address) -> bool:
    """Whether a connection may go there: the public, OUTBOUND_PRIVATE_NETWORKS, loopback outside of production."""
    inner = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    if inner is not None:
        return is_open_to(inner)
    if address.is_loopback:
        return bool(settings.OUTBOUND_LOOPBACK)
    if any(address in network for network in settings.OUTBOUND_PRIVATE_NETWORKS):
        return True
    return address.is_global and not address.is_multicast and address not in NAT64


def post_pinned(
    url: str, body: bytes, headers: Mapping[str, str], *, vendor: str, deadline_s: float = DEADLINE_S
) -> PinnedAnswer:
    """POST once and return the status; the answer's body is not read.

    Raises  OutboundRefused for an address that may not be reached; OutboundFailed where nothing that is HTTP answered
            in time.
    """
    refusal = url_refusal(url, vendor=vendor)
    if refusal:
        raise OutboundRefused(refusal)
    parts, ends = urlsplit(url), monotonic() + deadline_s
    try:
        connection = _connected(parts, ends)
        timer = threading.Timer(max(ends - monotonic(), 0.01), _hang_up, [connection.sock])
        timer.start()
        try:
            path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
            connection.request("POST", path, body=body, headers=dict(headers))
            response = connection.getresponse()
            return PinnedAnswer(response.status, response.headers.get("Retry-After", ""))
        finally:
            timer.cancel()
            connection.close()
    except (HTTPException, OSError, ValueError) as error:
        if isinstance(error, OutboundRefused):
            raise
        reason = "no answer in time" if monotonic() >= ends else type(error).__name__
        raise OutboundFailed(reason) from error


def _connected(parts: SplitResult, ends: float) -> HTTPConnection:
    """A connection to a checked address of the host, with TLS for the host's own name."""
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    connection = HTTPConnection(host, port)
    connection.sock = _socket_to(_checked(host, port), port)
    connection.sock.settimeout(max(ends - monotonic(), 0.01))
    if parts.scheme == "https":
        connection.sock = ssl.create_default_context().wrap_socket(connection.sock, server_hostname=host)
    return connection


def _checked(host: str, port: int) -> list[Address]:
    """The addresses of a host. Raises  OutboundRefused where one of them may not be reached."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))
    if not all(is_open_to(address) for address in addresses):
        raise OutboundRefused(f"{host} leads to a private address")
    return addresses


def _socket_to(addresses: list[Address], port: int) -> socket.socket:
    failure = OSError("no address")
    for address in addresses:
        try:
            return socket.create_connection((str(address), port), timeout=CONNECT_S)
        except OSError as error:
            failure = error
    raise failure


def _hang_up(taken: socket.socket) -> None:
    """End a call whose time is up: the thread that waits for the receiver gets an error at once."""
    with suppress(OSError):
        taken.shutdown(socket.SHUT_RDWR)
