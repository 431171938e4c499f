"""Where a call to a stranger's URL may go: to addresses of the public internet only.

An address is looked up once and that very address is connected to, so that a name cannot point
elsewhere between the check and the call (OWASP: Server-Side Request Forgery Prevention).
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
Allowed = Callable[[IPAddress], bool]
_LONGEST = 2048
_PORTS = {"https": 443, "http": 80}
# They carry an IPv4 address inside, or lead through a relay: none is a receiver's own address.
_TUNNELS = tuple(
    ipaddress.ip_network(net)
    for net in ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16", "fec0::/10")
)


# Public by the registries, and inside all the same: the host's own service of a cloud.
_INSIDE = frozenset({ipaddress.ip_address("168.63.129.16")})


class UnsafeAddress(Exception):
    """A call must not go there.

    Attributes:
        reason: `not_a_url`, `not_https` (not one of the schemes that are asked for),
            `credentials_in_url`, `unknown_host`, `not_public`.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        self.reason = reason
        super().__init__(f"{reason}: {detail}" if detail else reason)


@dataclass(frozen=True, slots=True)
class Target:
    """A place that was checked: the `address` to connect to, the `host` its certificate names."""

    url: str
    scheme: str
    host: str
    port: int
    address: str
    request_path: str

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def address_url(self) -> str:
        address = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.scheme}://{address}:{self.port}{self.request_path}"


def check_form(url: str) -> None:
    """Refuse what is no https address on sight, without looking anything up.

    Raises:
        UnsafeAddress: with the reason.
    """
    parts = _split(url, ("https",), _LONGEST)
    _host_port(parts)
    literal = _literal(parts.hostname or "")
    if literal is not None and not is_public(literal):
        raise UnsafeAddress("not_public", str(literal))


def authority_of(url: str) -> str:
    """The `host:port` of an https address.

    Raises:
        UnsafeAddress: it is none.
    """
    host, port = _host_port(_split(url, ("https",), _LONGEST))
    return f"{host}:{port}"


async def resolve_name(host: str, port: int) -> Sequence[str]:
    """The addresses of a name; numbers in any of their spellings are addresses, too.

    Raises:
        OSError: it has none.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def is_public(address: IPAddress) -> bool:
    """Whether an address belongs to the public internet, by the IANA registries.

    Loopback, private, link-local (and with it cloud metadata), shared (CGNAT), documentation,
    multicast and reserved ranges do not; an IPv4 address within an IPv6 one counts as itself.
    """
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if any(address in tunnel for tunnel in _TUNNELS):
            return False
    public = address.is_global and not address.is_multicast and not address.is_reserved
    return public and address not in _INSIDE


async def find_target(
    url: str,
    *,
    resolve: Resolve = resolve_name,
    allowed: Allowed = is_public,
    schemes: Sequence[str] = ("https",),
    longest: int = _LONGEST,
) -> Target:
    """The place to connect to.

    A name of which only one address is not public is refused as a whole.

    Args:
        url: of at most `longest` characters and one of the `schemes` (`https`, `http`).
        resolve, allowed: how names are looked up and which addresses may be called.

    Raises:
        UnsafeAddress: a call must not go there, or the name is unknown.
    """
    parts = _split(url, schemes, longest)
    host, port = _host_port(parts)
    try:
        found = await resolve(host, port)
    except (OSError, UnicodeError) as error:
        raise UnsafeAddress("unknown_host", host) from error
    addresses = [ipaddress.ip_address(text) for text in found]
    if not addresses:
        raise UnsafeAddress("unknown_host", host)
    for address in addresses:
        if not allowed(address):
            raise UnsafeAddress("not_public", f"{host} is {address}")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(url, parts.scheme, host, port, str(addresses[0]), path)


def _split(url: str, schemes: Sequence[str], longest: int) -> SplitResult:
    if len(url) > longest or any(ord(sign) <= 32 or sign == "\\" for sign in url):
        raise UnsafeAddress("not_a_url")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise UnsafeAddress("not_a_url") from error
    if parts.scheme not in schemes:
        raise UnsafeAddress("not_https")
    if parts.username is not None or parts.password is not None:
        raise UnsafeAddress("credentials_in_url")
    return parts


def _host_port(parts: SplitResult) -> tuple[str, int]:
    host = (parts.hostname or "").rstrip(".")
    if not host or "%" in host:
        raise UnsafeAddress("not_a_url")
    try:
        ascii_host = host if ":" in host else host.encode("idna").decode()
    except UnicodeError as error:
        raise UnsafeAddress("not_a_url") from error
    return ascii_host, _PORTS[parts.scheme] if parts.port is None else parts.port


def _literal(host: str) -> IPAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:  # 2130706433, 0x7f.1 and 127.1 are 127.0.0.1 to whoever looks names up
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, UnicodeError):
        return None
