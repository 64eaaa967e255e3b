"""Who may use the HTTP server and how it is reached: its address, names, token, TLS, proxies and limits.

The usual access is this machine's alone. Once others are let in, by another address or by a name, whoever
asks for music has to carry a token.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
import secrets
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ripieno.errors import FileError, RequestError, printable, short
from ripieno_bridges.file_errors import unreadable
from ripieno_bridges.http_server.client_limits import ClientLimits

LOOPBACK = "127.0.0.1"
LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
TOKEN_BYTES = 18  # random bytes of a token that is made here
TOKEN = re.compile(r"[A-Za-z0-9._~-]{16,200}")  # it stands in addresses, and nobody can guess it
UNUSABLE = (
    "this is no token; take 16 to 200 letters, digits, - . _ and ~, such as `openssl rand -hex 16` writes"
)
NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")
HOST_HEADER = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]]+)(?::[0-9]{1,5})?")
ELSEWHERE = "192.0.2.1"  # an address of no machine (RFC 5737); nothing is sent there


@dataclass(frozen=True, slots=True)
class Access:
    """Who may use the server, and how it is reached. The usual one: this machine alone, without a token.

    host: the address to listen on. names: those under which it is opened, beside its addresses. token: that
    whoever asks for music has to carry. is_token_new: it was made here, and nobody knows it yet. tls: with
    the certificate; None for plain HTTP. proxies: addresses of those that are believed whom they ask for.
    limits: of one client; None for none.
    """

    host: str = LOOPBACK
    names: tuple[str, ...] = ()
    token: str | None = None
    is_token_new: bool = False
    tls: ssl.SSLContext | None = None
    proxies: tuple[str, ...] = ()
    limits: ClientLimits | None = None

    @property
    def is_open(self) -> bool:
        """Whether others than this machine may come."""
        return bool(self.names) or not ipaddress.ip_address(self.host).is_loopback

    def allows_host(self, host: str, port: int) -> bool:
        """Whether a request with this Host header means this server, which listens on this port.

        A foreign page can give this machine a name of its own (DNS rebinding), but not an address.
        """
        if not self.is_open:
            return host.lower() in self._loopback_hosts(port)
        found = HOST_HEADER.fullmatch(host.lower())
        return found is not None and (found[1] in (*LOOPBACK_NAMES, *self.names) or is_address(found[1]))

    def allows_origin(self, origin: str, host: str, port: int) -> bool:
        """Whether a request from a page of this origin, with this Host header, comes from ripieno's page.

        A proxy may speak TLS in the server's place, so that the page's address begins otherwise than ours.
        """
        hosts = {host.lower()} if self.is_open else self._loopback_hosts(port)
        schemes = ("http", "https") if self.is_open or self.tls else ("http",)
        return origin.lower() in {f"{scheme}://{name}" for scheme in schemes for name in hosts}

    def _loopback_hosts(self, port: int) -> set[str]:
        """The Host headers of a server on this port that only this machine reaches."""
        names = {*LOOPBACK_NAMES, self.host}
        return {f"{name}:{port}" for name in names} | (names if port == 80 else set())

    def allows_token(self, authorization: Sequence[str]) -> bool:
        """Whether these Authorization headers carry the token, where one is needed; in constant time."""
        if self.token is None:
            return True
        scheme, _, given = (authorization[0] if len(authorization) == 1 else "").partition(" ")
        is_right = hmac.compare_digest(given.strip().encode("latin-1"), self.token.encode("ascii"))
        return is_right and scheme.lower() == "bearer"

    def address(self, port: int) -> str:
        """The URL of the page, for a browser."""
        if self.names and self.proxies:
            return f"https://{self.names[0]}/"  # a proxy stands at its usual port
        host = self.names[0] if self.names else own_address(self.host)
        written = f"[{host}]" if ":" in host else host
        return f"{'http' if self.tls is None else 'https'}://{written}:{port}/"


def access_of(
    host: str = LOOPBACK,
    *,
    names: Sequence[str] = (),
    token: str | None = None,
    certificate: Path | None = None,
    key: Path | None = None,
    proxies: Sequence[str] = (),
    limits: ClientLimits | None = None,
) -> Access:
    """The access that is asked for, with a new token and the usual limits where those are needed.

    Raises RipienoError for what cannot be.
    """
    for name in names:
        if NAME.fullmatch(name.lower()) is None:
            raise RequestError(
                f'"{short(name)}" is no name of a machine; write it as it stands in the browser\'s address, '
                "without http:// and without a port"
            )
    for proxy in proxies:
        if not is_network(proxy):
            raise RequestError(f'"{short(proxy)}" is no address of a proxy; write one such as 127.0.0.1')
    if (certificate is None) != (key is None):
        raise RequestError("a certificate and its key belong together; give --certificate and --key")
    tls = None if certificate is None or key is None else tls_of(certificate, key)
    access = Access(
        host=address_of(host), names=tuple(name.lower() for name in names), tls=tls, proxies=tuple(proxies)
    )
    if token is not None:
        check_token(token)
    if not access.is_open:
        return replace(access, token=token, limits=limits)
    made = token or secrets.token_urlsafe(TOKEN_BYTES)
    return replace(access, token=made, is_token_new=token is None, limits=limits or ClientLimits())


def address_of(host: str) -> str:
    """The address to listen on: as it is, or that of a name. Raises RequestError."""
    try:
        return str(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0])
    except (OSError, UnicodeError) as exc:
        raise RequestError(no_address(host)) from exc


def no_address(host: str) -> str:
    """The text of the error for a host that this machine does not have."""
    name = printable(short(host))
    return f"{name} is no address of this machine; leave out --host to listen to this machine alone"


def own_address(host: str) -> str:
    """The address by which others reach this machine, where it listens on all that it has."""
    if not ipaddress.ip_address(host).is_unspecified:
        return host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((ELSEWHERE, 9))
        except OSError:  # no network
            return LOOPBACK
        return str(probe.getsockname()[0])


def is_address(host: str) -> bool:
    """Whether this, from a Host header, is an address and no name."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def is_network(text: str) -> bool:
    """Whether this is an address, or a network such as 172.16.0.0/12."""
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


# -- the token ---------------------------------------------------------------------------------------------


def token_in(path: Path) -> str:
    """The token in a file. Raises RipienoError."""
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise unreadable(path, exc) from exc
    try:
        token = data.decode("ascii").strip()
        check_token(token)
    except (UnicodeError, RequestError) as exc:
        raise FileError(printable(str(path)), UNUSABLE) from exc
    return token


def check_token(token: str) -> None:
    """Raise RequestError for a token that can be guessed, or cannot stand in an address."""
    if TOKEN.fullmatch(token) is None:
        raise RequestError(UNUSABLE)


# -- TLS ---------------------------------------------------------------------------------------------------


def tls_of(certificate: Path, key: Path) -> ssl.SSLContext:
    """TLS with a certificate, and those after it in its file, and its key. Raises RipienoError."""
    for path in (certificate, key):
        try:
            path.read_bytes()
        except OSError as exc:
            raise unreadable(path, exc) from exc
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key, password=lambda: "")  # else the terminal would be asked
    except ssl.SSLError as exc:
        raise FileError(printable(str(certificate)), tls_fault(exc, key)) from exc
    return context


def tls_fault(exc: ssl.SSLError, key: Path) -> str:
    """Why a certificate and a key cannot be used."""
    name = printable(str(key))
    if exc.reason == "KEY_VALUES_MISMATCH":
        return f"the key in {name} belongs to another certificate; give the two that were made together"
    return (
        f"this and {name} are no certificate and key that can be read; give both as PEM, the key without a "
        "password"
    )
