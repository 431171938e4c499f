#!/usr/bin/env bash
# Buys a pack of credits on a local run: order, WeChat Pay parameters, payment, credits.
#   ROLECRAFT_TOKEN=<access token> docs/examples/pay_order.sh [photo_pack|video_pack|subscription_month] [quantity]
# Needs curl and jq. ROLECRAFT_URL is the origin, http://localhost:8080 by default. On a phone the page
# hands pay_params to WeixinJSBridge; here the simulator of WeChat Pay is told that the user has paid.
# Its address: WECHAT_SIMULATOR, or the one of the run in .rolecraft/run.json.
set -euo pipefail

product=${1:-photo_pack}
quantity=${2:-1}
base=${ROLECRAFT_URL:-http://localhost:8080}/api/v1
: "${ROLECRAFT_TOKEN:?set it to an access token}"
simulator=${WECHAT_SIMULATOR:-http://127.0.0.1:$(jq -r .ports.wechatpay "${STATE:-.rolecraft}/run.json")}

call() { # method, path, further arguments of curl; fails with the server's own words
  local answer
  answer=$(curl --silent --show-error --max-time 30 --request "$1" \
    --header "Authorization: Bearer $ROLECRAFT_TOKEN" "${@:3}" "$base$2")
  if [ "$(jq -r .success <<<"$answer")" != true ]; then
    jq -r '"\(.error.code): \(.error.message) (request \(.request_id))"' <<<"$answer" >&2
    return 1
  fi
  jq .data <<<"$answer"
}

send() { # path, JSON; the key makes a repeat after a lost answer one order and one payment
  call POST "$1" --header 'Content-Type: application/json' \
    --header "Idempotency-Key: $(date +%s)-$$-$RANDOM" --data "$2"
}

id=$(send /orders "{\"product\": \"$product\", \"quantity\": $quantity}" | jq -r .id)
echo "order    $id"
send "/orders/$id/pay" '{"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}' |
  jq -r '"prepay   \(.pay_params.package)"'
curl --silent --show-error --fail --output /dev/null --data "{\"pay\": \"$id\"}" "$simulator/_control"

for _ in $(seq 30); do # the notice comes within a second; a lost one is made good within 10 minutes
  status=$(call GET "/orders/$id" | jq -r .status)
  [ "$status" = paid ] && break
  sleep 1
done
echo "status   $status"
call GET /payments/credits | jq -r '"credits  photo \(.photo), video \(.video)"'
[ "$status" = paid ]
