"""A socket to serve from, and its address in words."""

import socket

from files.errors import CredenceError


BACKLOG = 128  # connections that wait


def listen(host: str, port: int) -> socket.socket:
    """Listen on an address; raises CredenceError if that is impossible. Port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(BACKLOG)  # who connects before the server runs waits for it
    except (OSError, OverflowError) as error:
        listening.close()
        raise CredenceError(
            f"cannot listen on {host}, port {port}: {error}. Choose another port with PORT=…"
        ) from None
    return listening


def address(host: str, port: int) -> str:
    """The address as a URL.

    >>> address("::1", 80), address("127.0.0.1", 7860)
    ('http://[::1]:80', 'http://127.0.0.1:7860')
    """
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
