"""Call-backs: what is asked, and whom nobody may ask."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes
from email.policy import HTTP
from pathlib import Path
from threading import Thread

import pytest

from milepost.model.exceptions import MilepostError
from milepost.transfer.call_back import CallBack, is_public, make_call
from servers.call_server import serving_calls


def failure(attempt: Callable[[], object]) -> MilepostError:
    """What `attempt` raises; it has nothing of the query."""
    with pytest.raises(MilepostError) as caught:
        attempt()
    assert "t0ken" not in str(caught.value)
    return caught.value


def test_a_get_has_its_fields_in_the_address() -> None:
    with serving_calls() as running:
        call = CallBack(f"{running.url}/done?key=t0ken", fields=(("file", "a b&c"),), is_private_allowed=True)
        assert make_call(call) == 200
        assert make_call(CallBack(running.url, is_private_allowed=True)) == 200
    assert [one.path for one in running.requests] == ["/done?key=t0ken&file=a+b%26c", "/"]


def test_a_post_has_its_fields_and_files(tmp_path: Path, certificate: Path) -> None:
    path = tmp_path / 'a "ü".csv'
    path.write_bytes(bytes(range(256)) * 2000)
    with serving_calls(certificate) as running:
        call = CallBack(
            f"{running.url}/done", "POST", (("name", "Jürgen"),), (("file", path),), is_private_allowed=True
        )
        assert make_call(replace(call, ca_file=certificate)) == 200
        assert failure(lambda: make_call(call)).code == "server-untrusted"
    (request,) = running.requests
    assert len(request.body) == int(request.headers["Content-Length"])
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    name, file = message_from_bytes(head + request.body, policy=HTTP).iter_parts()
    assert name["Content-Disposition"].params["name"] == "name"
    assert name.get_payload(decode=True) == "Jürgen".encode()
    assert file["Content-Disposition"].params["name"] == "file"
    assert b'filename="a %22\xc3\xbc%22.csv"' in request.body
    assert file.get_payload(decode=True) == path.read_bytes()


def test_an_answer_that_is_no_success_is_told() -> None:
    with serving_calls() as running:
        call = CallBack(f"{running.url}/done?key=t0ken", is_private_allowed=True)
        running.status = 404
        missing = failure(lambda: make_call(call))
        assert (missing.code, missing.retry) == ("server-refused", False)
        assert 'answers 404 ("Not Found")' in str(missing)
        running.status = 503
        assert failure(lambda: make_call(call)).retry
        running.status, running.location = 302, "http://169.254.169.254/meta?key=t0ken"
        assert 'leads on to "http://169.254.169.254/meta", which is not followed' in str(
            failure(lambda: make_call(call))
        )
        assert len(running.requests) == 3
    assert failure(lambda: make_call(call)).code == "server-unreachable"


def test_no_host_of_this_machine_or_a_private_network_is_asked() -> None:
    with serving_calls() as running:
        for url in (running.url, running.url.replace("127.0.0.1", "localhost"), running.url.replace("127.0.0.1", "0")):
            refused = failure(lambda url=url: make_call(CallBack(url)))  # type: ignore[misc]
            assert refused.code == "server-refused"
            assert "belongs to this machine or to a private network" in str(refused)
    assert running.requests == []


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254"),  # noqa: S104
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1"),
        *("::ffff:127.0.0.1", "64:ff9b::10.0.0.1", "2002:7f00:1::"),
    ],
)
def test_an_address_is_private_in_every_spelling(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34"])
def test_other_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (CallBack("file:///etc/passwd"), "must begin with http"),
        (CallBack("ftp://example.com/"), "must begin with http"),
        (CallBack("http://"), "must begin with http"),
        (CallBack("http://example.com:99999/"), "no web address"),
        (CallBack("http://user:t0ken@example.com/"), "must not have a user"),
        (CallBack("http://example.com/a b"), "a blank or another odd character"),
        (CallBack("http://example.com/\r\nHost: x"), "a blank or another odd character"),
        (CallBack("http://example.com/", "PUT"), "Use GET or POST"),
        (CallBack("http://example.com/", files=(("a", Path("a")),)), "cannot send files"),
        (CallBack("http://example.com/", "POST", files=(("a", Path("/no/such")),)), "No such file"),
    ],
)
def test_a_call_that_cannot_be_made_is_refused_before_anything_is_sent(call: CallBack, told: str) -> None:
    assert told in str(failure(lambda: make_call(call)))


def test_a_host_that_takes_too_long_is_given_up() -> None:
    def drip() -> None:
        with silent.accept()[0] as connection:
            for _ in range(100):
                try:
                    connection.sendall(b"H")
                    connection.recv(1, socket.MSG_DONTWAIT)
                except OSError:
                    pass

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        quiet = CallBack(url, is_private_allowed=True, seconds=0.2)
        assert "it did not answer" in str(failure(lambda: make_call(quiet)))
        with silent.accept()[0]:
            pass
        thread = Thread(target=drip, daemon=True)
        thread.start()
        assert failure(lambda: make_call(replace(quiet, seconds=30, most_seconds=0.2))).retry
        thread.join()
