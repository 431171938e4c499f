#!/bin/sh
# Is the committed bundle what its npm lock makes? Where npm cannot be reached nothing can be
# compared: that is said, and a failure where CI is set.
set -u
cd "$(dirname "$0")" || exit 1

not_compared() {
  echo "未核对打包文件：$1" >&2
  echo "NOT COMPARED: $2; the committed bundle was not built again" >&2
  [ -z "${CI:-}" ]
  exit
}

command -v npm >/dev/null || not_compared "未安装 npm" "npm is not installed"
installed=node_modules/.package-lock.json
if [ ! -f "$installed" ] || [ package-lock.json -nt "$installed" ]; then
  if ! report=$(npm ci --no-fund --no-audit --fetch-retries=1 --fetch-timeout=20000 2>&1); then
    printf '%s\n' "$report" >&2
    case $report in
      *EAI_AGAIN* | *ENOTFOUND* | *ECONN* | *ENETUNREACH* | *EHOSTUNREACH* | *TIMEOUT* | *ETIMEDOUT*)
        not_compared "无法连接 npm" "npm cannot be reached" ;;
    esac
    exit 1
  fi
  touch "$installed"
fi
node build.mjs --check && echo "bundle: the committed files are what package-lock.json makes"
