"""The local run: gateway, deployment and processes over real sockets on 127.0.0.1."""
