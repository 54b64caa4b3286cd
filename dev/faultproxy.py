#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A TCP proxy which makes faults and counts round trips.

  faultproxy.py LISTEN_PORT TARGET_HOST:PORT CONTROL_PORT

Ports may be 0; the first line of output is "PORT=… CONTROL=…". Each connection
to the control port takes one line and answers one: "ok", "? …" or the figures.

  pass                   forget all faults
  latency MS             delay each direction by so much
  swallow up|down        keep connections open, but forward nothing more that way
  rst                    reset every live connection
  refuse | accept        reset new connections at once, or take them again
  cut-up N               reset once N more bytes from clients were forwarded
  cut-down N             reset once N more bytes from the server were forwarded
                         (0: at the first byte of an answer)
  cut-after-answers K    reset right after the K-th next answer was forwarded
  cut-before-answer K    reset instead of forwarding the K-th next answer: the
                         server has done it, the client does not know
  renumber               greet clients of MySQL with another number of the connection
                         than the server's, as proxies do that number them themselves
  stats                  conns N up BYTES down BYTES live N turns N

A cut resets both sides of one connection, once. Counts run over all connections
from the moment of the command.

An answer is all that the server sends after a client has sent something, until
the client sends again; it has ended when nothing more comes for 20 ms. A TLS
close_notify is none, nor is what comes after the client has closed. `turns`
counts answers, and opening a connection as one: the round trips a client has
waited for. Both are seen from the client's side of the delay. When a client
sends a long batch the server may answer its beginning before the proxy has seen
its end; with `latency 5` such a batch counts as the one turn it is.
"""

import asyncio
import os
import socket
import struct
import sys
from dataclasses import dataclass, field

CHUNK = 65536
QUIET = 0.02


@dataclass
class Faults:
    latency: float = 0.0
    swallow: set[str] = field(default_factory=set)
    refuse: bool = False
    renumber: bool = False
    cut_bytes: dict[str, int] = field(default_factory=dict)  # "up", "down": bytes left
    cut_answer: int = 0  # answers left, 0: no such cut
    forward_cut_answer: bool = True


faults = Faults()
counts = {"conns": 0, "up": 0, "down": 0, "turns": 0}
live: set["Connection"] = set()


def reset(writer: asyncio.StreamWriter) -> None:
    """Closes with RST instead of FIN."""
    try:
        writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    except OSError:
        pass
    writer.transport.abort()


def is_close_notify(data: bytes) -> bool:
    """An encrypted TLS alert and nothing else; in TLS 1.3 only its length tells."""
    alert_1_3 = len(data) == 24 and data.startswith(b"\x17\x03\x03\x00\x13")
    alert_1_2 = len(data) > 7 and data.startswith(b"\x15\x03\x03") and \
        len(data) == 5 + int.from_bytes(data[3:5])
    return alert_1_3 or alert_1_2


class Connection:
    def __init__(self, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self.client = client
        self.server = server
        self.asked = False  # the client has sent something since the last answer
        self.doomed: asyncio.TimerHandle | None = None  # the answer to cut at is coming
        self.forward_doomed = True
        self.closed = False
        self.is_greeted = False
        for writer in (client, server):
            writer.get_extra_info("socket").setsockopt(
                socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def reset(self) -> None:
        self.closed = True
        if self.doomed:
            self.doomed.cancel()
        reset(self.client)
        reset(self.server)

    def client_has_sent(self, data: bytes) -> None:
        # Nobody waits for the answer to a farewell.
        self.asked = bool(data)
        if self.doomed:  # so the answer has ended
            self.reset()

    def may_forward_answer(self, data: bytes) -> bool:
        """Counts turns, and arms the reset when this is the answer to cut at."""
        if self.asked and not is_close_notify(data):
            self.asked = False
            counts["turns"] += 1
            if faults.cut_answer > 0:
                faults.cut_answer -= 1
                if faults.cut_answer == 0:
                    self.forward_doomed = faults.forward_cut_answer
                    self.end_of_answer()
        elif self.doomed:
            self.end_of_answer()
        return not self.doomed or self.forward_doomed

    def end_of_answer(self) -> None:
        """Resets after a pause; called again, the pause starts again."""
        if self.doomed:
            self.doomed.cancel()
        self.doomed = asyncio.get_running_loop().call_later(QUIET, self.reset)

    async def forward(self, way: str, data: bytes) -> None:
        writer = self.server if way == "up" else self.client
        if self.closed or way in faults.swallow:
            return
        if way == "down" and not self.may_forward_answer(data):
            return
        if way == "down" and not self.is_greeted:
            self.is_greeted = True
            if faults.renumber and data:
                data = renumbered(data)
        left = faults.cut_bytes.get(way)
        if left is not None:
            data = data[:left]
            faults.cut_bytes[way] = left - len(data)
        writer.write(data)
        await writer.drain()
        counts[way] += len(data)
        if left is not None and faults.cut_bytes.get(way) == 0:
            del faults.cut_bytes[way]
            if data:
                await asyncio.sleep(QUIET)  # let it arrive: RST overtakes data
            self.reset()

    async def pump(self, way: str, reader: asyncio.StreamReader) -> None:
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def deliver() -> None:
            while True:
                due, data = await queue.get()
                if due > loop.time():
                    await asyncio.sleep(due - loop.time())
                if not data:
                    break
                await self.forward(way, data)
            if not self.closed:
                (self.server if way == "up" else self.client).write_eof()

        async def receive() -> None:
            data = b"-"
            while data:
                try:
                    data = await reader.read(CHUNK)
                except OSError:  # a reset is passed on as one
                    self.reset()
                    data = b""
                if way == "up":
                    self.client_has_sent(data)
                await queue.put((loop.time() + faults.latency, data))

        await asyncio.gather(deliver(), receive())

    async def run(self, from_client: asyncio.StreamReader,
                  from_server: asyncio.StreamReader) -> None:
        live.add(self)
        try:
            await asyncio.gather(self.pump("up", from_client), self.pump("down", from_server))
        except OSError:
            self.reset()
        finally:
            live.discard(self)
            self.client.close()
            self.server.close()


def renumbered(greeting: bytes) -> bytes:
    """A greeting of MySQL with another number of the connection: four bytes behind the
    version. It comes before TLS, in clear."""
    place = greeting.index(b"\0", 5) + 1
    number = struct.unpack_from("<I", greeting, place)[0] ^ 0x400000
    return greeting[:place] + struct.pack("<I", number) + greeting[place + 4:]


async def accept(target: tuple[str, int], reader: asyncio.StreamReader,
                 writer: asyncio.StreamWriter) -> None:
    if faults.refuse:
        reset(writer)
        return
    try:
        server_reader, server_writer = await asyncio.open_connection(*target)
    except OSError:
        reset(writer)
        return
    counts["conns"] += 1
    counts["turns"] += 1
    await Connection(writer, server_writer).run(reader, server_reader)


def execute(words: list[str]) -> str:
    global faults
    match words:
        case ["pass"]:
            faults = Faults()
        case ["latency", milliseconds]:
            faults.latency = float(milliseconds) / 1000
        case ["swallow", ("up" | "down") as way]:
            faults.swallow.add(way)
        case ["rst"]:
            for connection in list(live):
                connection.reset()
        case ["refuse" | "accept" as word]:
            faults.refuse = word == "refuse"
        case ["renumber"]:
            faults.renumber = True
        case ["cut-up" | "cut-down" as word, count]:
            faults.cut_bytes[word.removeprefix("cut-")] = int(count)
        case ["cut-after-answers" | "cut-before-answer" as word, count]:
            if int(count) < 1:
                raise ValueError("the first answer is 1")
            faults.cut_answer = int(count)
            faults.forward_cut_answer = word == "cut-after-answers"
        case ["stats"]:
            return (f"conns {counts['conns']} up {counts['up']} down {counts['down']} "
                    f"live {len(live)} turns {counts['turns']}")
        case _:
            return "? unknown command"
    return "ok"


async def control(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        answer = execute((await reader.readline()).decode().split())
    except ValueError as error:
        answer = f"? {error}"
    writer.write(f"{answer}\n".encode())
    writer.close()


async def end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        await asyncio.sleep(1)
    os._exit(1)


async def main() -> None:
    if len(sys.argv) != 4 or ":" not in sys.argv[2]:
        sys.exit(__doc__)
    host, port = sys.argv[2].rsplit(":", 1)
    proxy = await asyncio.start_server(
        lambda reader, writer: accept((host, int(port)), reader, writer),
        "127.0.0.1", int(sys.argv[1]))
    commands = await asyncio.start_server(control, "127.0.0.1", int(sys.argv[3]))
    ports = [server.sockets[0].getsockname()[1] for server in (proxy, commands)]
    print(f"PORT={ports[0]} CONTROL={ports[1]}", flush=True)
    await asyncio.gather(proxy.serve_forever(), commands.serve_forever(), end_with_parent(os.getppid()))


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
