"""Networks in CIDR notation as pure functions."""

import ipaddress
from collections.abc import Iterable, Sequence

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def parse_networks(texts: Iterable[str]) -> list[Network]:
    """The networks in CIDR notation. Raises  ValueError for one that is none."""
    return [ipaddress.ip_network(text.strip(), strict=False) for text in texts if text.strip()]


def is_inside(address: str, networks: Sequence[Network]) -> bool:
    """Whether the address is in one of the networks. Text that is no address is in none."""
    try:
        found = ipaddress.ip_address(address.strip())
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None  # ::ffff:192.0.2.1
    return any((mapped or found) in network for network in networks)
