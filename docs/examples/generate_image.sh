#!/usr/bin/env bash
# Makes a picture and prints its link: create the task, ask every 3 seconds, show the result.
#   ROLECRAFT_TOKEN=<access token or API key> docs/examples/generate_image.sh "一只戴草帽的橘猫" [1024x1024]
# Needs curl and jq. ROLECRAFT_URL is the origin, http://localhost:8080 by default.
set -euo pipefail

prompt=${1:?"usage: $0 <prompt> [<width>x<height>]"}
size=${2:-1024x1024}
base=${ROLECRAFT_URL:-http://localhost:8080}/api/v1
: "${ROLECRAFT_TOKEN:?set it to an access token or an API key}"

call() { # method, path, further arguments of curl; fails with the server's own words
  local answer
  answer=$(curl --silent --show-error --max-time 30 --retry 3 --retry-connrefused \
    --request "$1" --header "Authorization: Bearer $ROLECRAFT_TOKEN" "${@:3}" "$base$2")
  if [ "$(jq -r .success <<<"$answer")" != true ]; then
    jq -r '"\(.error.code): \(.error.message) (request \(.request_id))"' <<<"$answer" >&2
    return 1
  fi
  jq .data <<<"$answer"
}

# The key makes a repeat after a lost answer give the same task: nothing is made or paid twice.
body=$(jq --null-input --arg prompt "$prompt" --arg size "$size" '{prompt: $prompt, size: $size}')
task=$(call POST /ai/image/task --header 'Content-Type: application/json' \
  --header "Idempotency-Key: $(date +%s)-$$-$RANDOM" --data "$body")
id=$(jq -r .task_id <<<"$task")
echo "task $id" >&2

for _ in $(seq 220); do # a task ends within 10 minutes, whatever happens
  result=$(call GET "/ai/image/result/$id")
  case $(jq -r .status <<<"$result") in
    completed)
      jq -r '.result.image_urls[]' <<<"$result"
      exit 0 ;;
    failed | cancelled)
      jq -r '"\(.status): \(.error.code // "") \(.error.message // .message)"' <<<"$result" >&2
      exit 1 ;;
  esac
  sleep 3
done
echo "task $id has not ended; ask again later" >&2
exit 1
