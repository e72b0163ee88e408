"""One web process, started by `manage.py up`: uvicorn on a socket that `up` listens on.

`up` keeps the socket, so that a process can die and be replaced while browsers wait a moment instead of being refused.
"""

import argparse
import socket

import uvicorn


class Server(uvicorn.Server):
    """Ends the event streams first: they would never end by themselves."""

    async def shutdown(self, sockets=None):
        from apps.core import live  # the application has set Django up by now

        live.hub.end_streams()
        await super().shutdown(sockets)


def main():
    """Serve config.asgi on the listening socket of an inherited file descriptor, until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m config.serve")
    parser.add_argument("fd", type=int)
    parser.add_argument("--cert")
    parser.add_argument("--key")
    options = parser.parse_args()
    config = uvicorn.Config(
        "config.asgi:application",
        lifespan="on",  # an application that refuses to start is not served
        log_level="warning",
        access_log=False,
        server_header=False,
        ws="none",
        ssl_certfile=options.cert,
        ssl_keyfile=options.key,
        timeout_graceful_shutdown=2,  # seconds
    )
    Server(config).run(sockets=[socket.socket(fileno=options.fd)])


if __name__ == "__main__":
    main()
