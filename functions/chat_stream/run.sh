#!/bin/bash
# Lambda Web Adapter runs this in place of the runtime; layers are not on its path by themselves.
cd "$LAMBDA_TASK_ROOT" || exit 1
export PYTHONPATH="$LAMBDA_TASK_ROOT:/opt/python:${LAMBDA_RUNTIME_DIR:-/var/runtime}"
exec python -m uvicorn functions.chat_stream.run:app \
  --host 127.0.0.1 --port "${AWS_LWA_PORT:-8080}" \
  --no-access-log --log-level warning --timeout-keep-alive 120 --timeout-graceful-shutdown 2
