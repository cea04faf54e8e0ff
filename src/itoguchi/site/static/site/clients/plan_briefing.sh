#!/bin/sh
# Plan a briefing with curl: ITOGUCHI=https://… TOKEN=ito_… sh plan_briefing.sh briefing.json
#
# briefing.json, for example:
#   {"day": "2027-02-07", "place": "京都府", "title": "地域IoT実装推進セミナー", "prefecture": "260002", "prefectures": ["260002"]}
#
# The key of the deed is the digest of the file: sent again after a lost connection, the briefing is planned once.
# 同じファイルを送り直しても、計画は一度だけです。
set -eu
curl --silent --show-error --fail-with-body --retry 5 --retry-connrefused \
  --header "Authorization: Bearer $TOKEN" \
  --header "Content-Type: application/json" \
  --header "Idempotency-Key: $(sha256sum "$1" | cut -c1-64)" \
  --data-binary "@$1" \
  "$ITOGUCHI/api/v1/briefings"
