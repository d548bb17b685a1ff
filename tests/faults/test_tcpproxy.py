"""The proxy does to a line what it says it does."""

import socket
import threading

import pytest

from tests.servers.listening import Listening
from tests.servers.tcpproxy import TcpProxy

QUIET_S = 0.15


class Echo(Listening):
    """Says back what it is told; `heard` is what arrived."""

    def __init__(self):
        self.heard = bytearray()
        self.spoken = threading.Event()
        super().__init__()

    async def _serve(self, reader, writer):
        while data := await reader.read(100):
            self.heard += data
            self.spoken.set()
            writer.write(data)


@pytest.fixture
def echo():
    echo = Echo()
    yield echo
    echo.stop()


@pytest.fixture
def proxy(echo):
    proxy = TcpProxy(echo.port)
    yield proxy
    proxy.stop()


@pytest.fixture
def connect(proxy):
    opened = []

    def connect_():
        opened.append(socket.create_connection(("127.0.0.1", proxy.port), timeout=10))
        return opened[-1]

    yield connect_
    for line in opened:
        line.close()


def ask(line, word=b"hello"):
    line.sendall(word)
    return line.recv(100)


def is_quiet(line):
    """Whether nothing comes, and the line stays open."""
    line.settimeout(QUIET_S)
    try:
        line.recv(100)
        return False
    except TimeoutError:
        return True
    finally:
        line.settimeout(10)


def is_reset(line):
    with pytest.raises(ConnectionResetError):
        line.recv(100)
    return True


def test_it_passes_everything_on(connect, proxy):
    assert ask(connect()) == b"hello" and proxy.accepted == 1


def test_a_cut_resets_what_is_open_and_lets_others_in(connect, proxy):
    line = connect()
    ask(line)
    proxy.cut()
    assert is_reset(line) and ask(connect()) == b"hello"


def test_who_is_refused_is_let_in_again_once_it_is_healed(connect, proxy):
    line = connect()
    ask(line)
    proxy.refuse()
    assert is_reset(line)
    with pytest.raises(ConnectionRefusedError):
        connect()
    proxy.heal()
    assert ask(connect()) == b"hello"


def test_what_was_held_arrives_once_it_is_healed(connect, proxy, echo):
    line = connect()
    proxy.hold()
    line.sendall(b"late")
    assert is_quiet(line) and not echo.heard
    proxy.heal()
    assert line.recv(100) == b"late"


def test_what_was_dropped_is_gone_and_its_line_is_dead_for_good(connect, proxy, echo):
    line = connect()
    ask(line)
    proxy.drop()
    line.sendall(b"gone")
    assert is_quiet(line)
    proxy.heal()
    line.sendall(b"after")
    assert is_quiet(line) and echo.heard == b"hello"
    assert ask(connect()) == b"hello"


def test_a_line_that_carried_nothing_meanwhile_lives_on(connect, proxy):
    line = connect()
    ask(line)
    proxy.drop()
    proxy.heal()
    assert ask(line) == b"hello"


def test_one_way_dropped_lets_the_server_hear_what_it_answers_in_vain(connect, proxy, echo):
    line = connect()
    proxy.drop(up=False)
    line.sendall(b"heard")
    assert echo.spoken.wait(10) and echo.heard == b"heard" and is_quiet(line)


def test_the_other_way_dropped_lets_nothing_reach_the_server(connect, proxy, echo):
    line = connect()
    proxy.drop(down=False)
    line.sendall(b"gone")
    assert is_quiet(line) and not echo.heard


def test_delayed_bytes_arrive(connect, proxy):
    proxy.delay = 0.05
    assert ask(connect()) == b"hello"


def test_a_server_that_is_not_there_is_a_reset(connect, proxy, echo):
    proxy.target = 1
    line = connect()
    assert is_reset(line)
