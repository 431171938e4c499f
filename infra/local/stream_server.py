"""The chat_stream app on a real server: the emulator delivers a streamed answer in one piece."""

import os

import uvicorn

_APP = "functions.chat_stream.run:app"
# Longer than the gateway keeps an idle connection.
_KEEP_ALIVE_SECONDS = 120
_SHUTDOWN_SECONDS = 2


def main() -> None:
    uvicorn.run(
        _APP,
        host="127.0.0.1",
        port=int(os.environ["CHAT_STREAM_PORT"]),
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
        access_log=False,
        log_level="info",
    )


if __name__ == "__main__":
    main()
