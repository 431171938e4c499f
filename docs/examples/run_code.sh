#!/bin/sh
# Runs a code block with curl. FLOW_TOKEN is a token of /flow/tokens (locally flow_access_token of
# .rolecraft/demo.json); ROLECRAFT_URL is the origin.
set -eu
CODE=$(printf '%s' 'return { total: input.prices.reduce((a, b) => a + b, 0) };' | base64 | tr -d '\n')
curl --silent --show-error --fail-with-body -X POST \
  "${ROLECRAFT_URL:-http://localhost:8080}/flow/codeblock" \
  -H "Content-Type: application/json" \
  -H "accessToken: $FLOW_TOKEN" \
  -d "{\"input\": {\"prices\": [1, 2, 3]}, \"codebase64\": \"$CODE\"}"
