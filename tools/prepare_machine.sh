#!/usr/bin/env bash
# Installs by apt what the tests use and this machine lacks: a browser, Japanese fonts for it, PostgreSQL's programs
# and Redis.
# Where that is not allowed, the tests say what they did without: PostgreSQL is fetched from PyPI, a missing Redis is a
# visible skip, and so is a missing browser (in CI a failure).
set -euo pipefail

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

missing=()
[ -n "${CHROMIUM:-}" ] || command -v chromium >/dev/null || command -v chromium-browser >/dev/null ||
  command -v google-chrome >/dev/null || missing+=(chromium)
if command -v fc-list >/dev/null; then
  fc-list :lang=ja | grep -q . || missing+=(fonts-noto-cjk)
else
  missing+=(fontconfig fonts-noto-cjk)
fi
compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || command -v initdb >/dev/null || missing+=(postgresql)
command -v redis-server >/dev/null || command -v valkey-server >/dev/null || missing+=(redis-server)

[ "${#missing[@]}" -gt 0 ] || exit 0
if ! command -v apt-get >/dev/null || ! as_root true 2>/dev/null; then
  echo "not installed, and this user may not install: ${missing[*]}" >&2
  exit 0
fi
echo "installing ${missing[*]}" >&2
as_root apt-get update -qq &&
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
  echo "could not be installed: ${missing[*]}" >&2
