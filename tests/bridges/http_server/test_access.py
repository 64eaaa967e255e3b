"""A server for others than this machine: who has its token is answered, and under its names alone."""

from __future__ import annotations

import re
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from http_support import BEARER, TOKEN, ServiceStandIn, bare, certificate_in, code_of, head, raw, refused
from ripieno.errors import RipienoError
from ripieno_bridges.http_server.access import UNUSABLE, access_of, token_in
from ripieno_bridges.http_server.client_limits import ClientLimits
from ripieno_bridges.http_server.routes import ROUTES
from ripieno_bridges.http_server.server import HOST, HttpServer

UNREADABLE = (
    "certificate.pem: this and KEY are no certificate and key that can be read; give both as PEM, the key "
    "without a password"
)
MANY = ClientLimits(unanswered=1000, per_minute=100_000)
BODY = b'{"bars": 2}'


@pytest.fixture(scope="module")
def server() -> Iterator[HttpServer]:
    """A server for a network, which has one name."""
    access = access_of("0.0.0.0", names=("music.school.example",), token=TOKEN, limits=MANY)
    with bare(ServiceStandIn(refused), access) as (server, _):
        yield server


def asked(server: HttpServer, method: str, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
    """(status, body) of a request with these headers beside the usual ones."""
    known = {
        "Host": f"{HOST}:{server.port}",
        "Content-Length": str(len(BODY)),
        "Content-Type": "application/json",
    }
    status, _, body = raw(server.port, head(method, path, known | headers) + BODY)
    return status, body


# -- the token ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "route",
    [route for route in ROUTES if route.path.startswith("/v1/")],
    ids=lambda route: f"{route.method} {route.path}",
)
def test_every_route_but_health_asks_for_the_token(server: HttpServer, route) -> None:
    path = re.sub(r"\{\w+\}", "x", route.path)
    status, body = asked(server, route.method, path, {})
    if route.path == "/v1/health":
        assert status == 200
        return
    assert (status, code_of(body)) == (401, "no_token")
    assert asked(server, route.method, path, BEARER)[0] not in (401, 403)


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer",
        "Bearer ",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        f"Basic {TOKEN}",
        TOKEN,
        f"Bearer {TOKEN.upper()}",
        "Bearer \xff",
        f"Bearer {TOKEN}\r\nAuthorization: Bearer {TOKEN}",
    ],
)
def test_what_is_not_the_token_is_refused(server: HttpServer, authorization: str) -> None:
    status, body = asked(server, "GET", "/v1/status", {"Authorization": authorization})
    assert (status, code_of(body)) == (401, "no_token")


def test_the_token_counts_in_its_header_alone(server: HttpServer) -> None:
    for headers in ({"Cookie": f"token={TOKEN}"}, {"X-Token": TOKEN}):
        assert asked(server, "GET", "/v1/status", headers)[0] == 401
    assert asked(server, "GET", f"/v1/status?token={TOKEN}", {})[0] == 401
    assert asked(server, "GET", "/v1/status", {"Authorization": f"bearer {TOKEN}"})[0] == 200


def test_what_the_page_consists_of_needs_no_token_since_it_asks_for_it(server: HttpServer) -> None:
    for path in ("/", "/page/token.js", "/page/nothing"):
        assert asked(server, "GET", path, {})[0] in (
            200,
            404,
            503,
        )  # 503 where the page's libraries are missing
    assert "www-authenticate" in raw(server.port, head("GET", "/v1/status", {"Host": HOST}))[1]


def test_this_machine_alone_needs_no_token_unless_it_is_given_one() -> None:
    assert (access_of().token, access_of().limits) == (None, None)
    assert access_of(token=TOKEN).token == TOKEN
    for open_to_others in (access_of("0.0.0.0"), access_of("::"), access_of(names=("music.school.example",))):
        assert open_to_others.is_token_new
        assert len(open_to_others.token) >= 24
        assert open_to_others.limits == ClientLimits()
    assert access_of("0.0.0.0").token != access_of("0.0.0.0").token


# -- names -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "fine"),
    {
        "music.school.example": True,
        "Music.School.Example:8443": True,
        "192.168.1.20:7411": True,
        "[fe80::1]:7411": True,
        "localhost": True,
        "evil.example": False,
        "music.school.example.evil.example": False,
        "evil.example:7411": False,
        "192.168.1.20.evil.example": False,
        "music.school.example:7411:1": False,
        "": False,
    }.items(),
)
def test_it_answers_to_its_names_and_to_addresses(server: HttpServer, host: str, fine: bool) -> None:
    """A foreign page gives this machine a name of its own (DNS rebinding), but no address."""
    status, body = asked(server, "GET", "/v1/status", {"Host": host, **BEARER})
    assert status == (200 if fine else 403)
    assert fine or code_of(body) == "forbidden"


@pytest.mark.parametrize(
    ("origin", "fine"),
    {
        "https://music.school.example": True,
        "http://music.school.example": True,
        "https://evil.example": False,
        "https://127.0.0.1": False,
        "null": False,
    }.items(),
)
def test_only_its_own_page_may_ask(server: HttpServer, origin: str, fine: bool) -> None:
    """Over a proxy the page is https, and the request here is not."""
    headers = {"Host": "music.school.example", "Origin": origin, **BEARER}
    assert asked(server, "GET", "/v1/status", headers)[0] == (200 if fine else 403)


# -- TLS ---------------------------------------------------------------------------------------------------


def test_over_tls_the_certificate_is_shown_and_plain_http_is_not_answered(tmp_path: Path) -> None:
    certificate, key = certificate_in(tmp_path)
    access = access_of("127.0.0.1", certificate=certificate, key=key)
    with bare(ServiceStandIn(refused), access) as (server, _):
        assert server.address == f"https://127.0.0.1:{server.port}/"
        verified = ssl.create_default_context(cafile=certificate)
        with httpx.Client(base_url=server.address, verify=verified, trust_env=False) as http:
            assert http.get("/v1/status").status_code == 200
            own = {"Origin": server.address.rstrip("/")}
            assert http.get("/v1/status", headers=own).status_code == 200
        with pytest.raises(httpx.ConnectError), httpx.Client(trust_env=False) as http:
            http.get(server.address)  # a stranger's certificate
        with pytest.raises(httpx.HTTPError), httpx.Client(trust_env=False) as http:
            http.get(server.address.replace("https", "http"))


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (
            lambda certificate, key: key.unlink(),
            "key.pem: there is no such file; check the name and the folder",
        ),
        (
            lambda certificate, key: certificate.write_text("no certificate"),
            UNREADABLE,
        ),
        (
            lambda certificate, key: subprocess.run(
                ["openssl", "ec", "-in", key, "-out", key, "-aes256", "-passout", "pass:secret"],
                check=True,
                capture_output=True,
            ),
            UNREADABLE,
        ),
        (
            lambda certificate, key: subprocess.run(
                ["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key], check=True
            ),
            "certificate.pem: the key in KEY belongs to another certificate; give the two that were made "
            "together",
        ),
    ],
)
def test_a_certificate_that_cannot_be_used_is_named(
    tmp_path: Path, spoil: Callable[[Path, Path], object], text: str
) -> None:
    certificate, key = certificate_in(tmp_path)
    spoil(certificate, key)
    with pytest.raises(RipienoError) as caught:
        access_of(certificate=certificate, key=key)
    assert str(caught.value) == f"{tmp_path}/{text.replace('KEY', str(key))}"


# -- what is asked for and cannot be -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            {"host": "203.0.113.7x"},
            "203.0.113.7x is no address of this machine; leave out --host to listen to this machine alone",
        ),
        (
            {"names": ["https://music.example"]},
            '"https://music.example" is no name of a machine; write it as it stands in the browser\'s '
            "address, without http:// and without a port",
        ),
        ({"proxies": ["proxy"]}, '"proxy" is no address of a proxy; write one such as 127.0.0.1'),
        (
            {"token": "secret"},
            UNUSABLE,
        ),
        (
            {"certificate": Path("a.pem")},
            "a certificate and its key belong together; give --certificate and --key",
        ),
    ],
)
def test_what_cannot_be_is_said(options: dict, text: str) -> None:
    with pytest.raises(RipienoError) as caught:
        access_of(**options)
    assert str(caught.value) == text


def test_an_address_that_this_machine_does_not_have_is_named() -> None:
    with (
        pytest.raises(RipienoError, match=r"^203\.0\.113\.7 is no address of this machine; leave out --host"),
        bare(ServiceStandIn(refused), access_of("203.0.113.7")),
    ):
        pass


def test_the_token_is_read_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    assert token_in(file) == TOKEN
    for wrong in (b"short", b"\xff" * 20, b"", b"two words of many letters"):
        file.write_bytes(wrong)
        with pytest.raises(RipienoError, match=r"token: this is no token; take 16 to 200 letters"):
            token_in(file)
    with pytest.raises(RipienoError, match="there is no such file"):
        token_in(tmp_path / "nothing")
