"""A small ManageSieve client (RFC 5804) over STARTTLS."""

import base64
import re
import socket
import ssl


class Sieve:
    """Signed in from the start. `say` sends one command; the lines of its answer, which must be OK."""

    def __init__(self, port: int, context: ssl.SSLContext, user: str, secret: str):
        plain = socket.create_connection(("localhost", port), timeout=30)
        self.file = plain.makefile("rwb")
        self.greeting = self.answer()
        self.say(b"STARTTLS")
        self.socket = context.wrap_socket(plain, server_hostname="localhost")
        self.file = self.socket.makefile("rwb")
        self.answer()
        token = base64.b64encode(f"\0{user}\0{secret}".encode())
        self.say(b'AUTHENTICATE "PLAIN" "' + token + b'"')

    def say(self, command: bytes) -> list[bytes]:
        self.file.write(command + b"\r\n")
        self.file.flush()
        return self.answer()

    def put(self, name: str, script: bytes) -> None:
        self.say(b'PUTSCRIPT "%s" {%d+}\r\n%s' % (name.encode(), len(script), script))
        self.say(b'SETACTIVE "%s"' % name.encode())

    def answer(self) -> list[bytes]:
        lines = []
        while not re.match(rb"(OK|NO|BYE)\b", line := self.file.readline()):
            assert line, lines
            lines.append(line)
        assert line.startswith(b"OK"), line
        return [*lines, line]
