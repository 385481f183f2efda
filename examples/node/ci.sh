#!/bin/sh
# The tests against genmock, and then what its journal says about their requests. PORT: another port than 8321.
set -eu
export MOCK_URL="http://127.0.0.1:${PORT:-8321}" RUNWARE_URL="ws://127.0.0.1:${PORT:-8321}/v1"
export RUNWARE_API_KEY=a-key-for-tests

genmock serve --port "${PORT:-8321}" --provider runware > genmock.log 2>&1 &
server=$!
trap 'kill "$server"; wait "$server" || true' EXIT
until curl --silent --fail --output /dev/null "$MOCK_URL/__genmock__/health"; do
  kill -0 "$server" 2> /dev/null || { trap - EXIT; cat genmock.log; exit 1; }
  sleep 0.1
done

npm test
npm run --silent contract
