"""One web process, started by `manage.py up`: uvicorn on a socket that `up` listens on.

`up` keeps the socket, so that a process can die and be replaced while browsers wait a moment instead of being refused.
"""

import argparse
import socket

import uvicorn


def main():
    """Serve config.asgi on the listening socket of an inherited file descriptor, until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m config.serve")
    parser.add_argument("fd", type=int)
    parser.add_argument("--cert")
    parser.add_argument("--key")
    options = parser.parse_args()
    config = uvicorn.Config(
        "config.asgi:application",
        log_level="warning",
        access_log=False,
        server_header=False,
        ssl_certfile=options.cert,
        ssl_keyfile=options.key,
        timeout_graceful_shutdown=2,  # seconds; event streams never end by themselves
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=options.fd)])


if __name__ == "__main__":
    main()
