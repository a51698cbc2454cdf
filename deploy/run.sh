#!/usr/bin/env bash
set -euo pipefail
# shellcheck source=deploy/prepare.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/prepare.sh"

readonly ready_seconds_max=120
readonly stop_seconds_max=90
readonly demo_key_days=30

# Young objects get 64 MiB before they are collected: few of a request's live until then. Only the environment can say so.
export DOTNET_GCgen0size=${DOTNET_GCgen0size:-0x4000000}

usage() {
  cat <<'USAGE'
Runs LeadScoring on this machine; installs PostgreSQL's programs if they are missing.

  deploy/run.sh [COMMAND] [OPTIONS]   builds the service and runs it; the default command is serve
  deploy/run.sh --demo [OPTIONS]      also plays a stream of prospects through it, with a sales system answering;
                                      --seed N, --minutes N, --rate N (engagements per second), --port N (sales' desk),
                                      --from feed|webhook|rabbitmq (how sales gets the handoffs; default webhook),
                                      --rabbitmq amqp://user:password@host (a broker of yours, for both to use);
                                      the sales desk stays until Ctrl-C, also when the stream has been played
  deploy/run.sh --help

Commands: serve, db-apply, rebuild, verify, keys, openapi; each explains itself with --help.
The service listens on http://127.0.0.1:5080 unless ASPNETCORE_URLS says otherwise. Its database is a private PostgreSQL
cluster (deploy/postgres.sh), unless ConnectionStrings__LeadScoring names another. Ctrl-C stops everything in good order.
USAGE
}

build() {
  dotnet build "$root/$1" -c Release -v quiet -clp:NoSummary -p:UseSharedCompilation=false
}

# Asks without curl, which a bare machine may lack.
is_ready() {
  local authority=${url#*://} host port status
  authority=${authority%%/*}
  host=${authority%:*}
  port=${authority##*:}
  if [[ $port == "$authority" ]]; then port=80; fi
  if [[ $host == '*' || $host == '+' || $host == 0.0.0.0 ]]; then host=127.0.0.1; fi
  # shellcheck disable=SC2016  # The inner shell expands them.
  status=$(timeout 5 bash -c '
    exec 3<>"/dev/tcp/$0/$1" && printf "GET /health/ready HTTP/1.0\r\nHost: %s\r\n\r\n" "$0" >&3 && head -n 1 <&3
  ' "$host" "$port" 2>/dev/null) || return 1
  [[ $status == *' 200 '* ]]
}

stop() {
  trap - EXIT
  trap '' INT TERM HUP
  local pid waited
  for pid in "${crm:-}" "${service:-}"; do
    if [[ -z $pid ]]; then continue; fi
    kill -TERM "$pid" 2>/dev/null || true
    for ((waited = 0; waited < stop_seconds_max * 10; waited++)); do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.1
    done
    if kill -0 "$pid" 2>/dev/null; then
      echo "Process $pid did not stop within $stop_seconds_max s; killing it." >&2
      kill -KILL "$pid"
    fi
  done
  close_database
}

demo() {
  local arguments=()
  while (($#)); do
    case $1 in
      --rabbitmq)
        (($# > 1)) || fail "--rabbitmq takes an amqp or amqps address."
        export LEADSCORING_RABBITMQ=$2
        shift
        ;;
      --rabbitmq=*) export LEADSCORING_RABBITMQ=${1#*=} ;;
      *) arguments+=("$1") ;;
    esac
    shift
  done
  if [[ -n ${LEADSCORING_RABBITMQ:-} ]]; then export Broker__Uri=$LEADSCORING_RABBITMQ; fi

  build services/LeadScoring/Host
  build services/SampleCrm
  mkdir -p "$root/artifacts"
  local log=$root/artifacts/demo-service.log key waited
  url=${ASPNETCORE_URLS:-http://127.0.0.1:5080}
  url=${url%%;*}
  if is_ready; then
    fail "Another service already answers at $url: stop it, or set ASPNETCORE_URLS to another address."
  fi

  # The sales system has the terminal, so the service writes to a file. Both run in the background: a signal then reaches this
  # script at once, which stops them one after the other.
  trap stop EXIT
  start_database
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  # The sales system's webhook is on this machine, which an endpoint may be only when the settings say so.
  Webhooks__AllowHttp=true Webhooks__AllowPrivateNetworks=true dotnet "$host" >"$log" 2>&1 &
  service=$!
  echo "Starting the service (log: $log) ..."
  for ((waited = 0; waited < ready_seconds_max * 2; waited++)); do
    kill -0 "$service" 2>/dev/null || break
    if is_ready; then break; fi
    sleep 0.5
  done
  if ! kill -0 "$service" 2>/dev/null; then
    tail -n 5 "$log" >&2
    local code=0
    wait "$service" || code=$?
    service=
    fail "The service ended while it started (exit code $code): see $log."
  fi
  is_ready || fail "The service was not ready at $url within $ready_seconds_max s: see $log."

  # A key of its own for every run, which nobody has to revoke; by the environment, because everybody may read arguments.
  key=$(dotnet "$host" keys create --name demo --tenant demo --create-tenant --scopes all --quiet \
    --expires "$(date -u -d "+$demo_key_days days" +%Y-%m-%dT%H:%M:%SZ)") ||
    fail "The service gave no key for the demo: see the message above."
  # A desk on RabbitMQ keeps what it took in a schema of its own beside the service's.
  export ConnectionStrings__SampleCrm=${ConnectionStrings__SampleCrm:-$ConnectionStrings__LeadScoring}
  LEADSCORING_KEY=$key dotnet "$root/services/SampleCrm/bin/Release/net10.0/SampleCrm.dll" demo --url "$url" --show-key "${arguments[@]}" &
  crm=$!
  local code=0
  wait "$crm" || code=$?
  crm=
  ((code == 0)) || fail "The demo ended early (exit code $code): see the message above, and $log."
}

# A signal waits until it is known what there is to stop.
start_database() {
  local signalled=0
  trap 'signalled=1' INT TERM HUP
  open_database
  if ((signalled)); then exit 130; fi
}

# The service in the background, so that a signal to this script alone reaches it, too; its exit code is this script's.
run() {
  build services/LeadScoring/Host >&2
  # What explains itself, and the API's document, need no database.
  if [[ ${1:-} != openapi && " $* " != *" --help "* && " $* " != *" -h "* ]]; then
    trap close_database EXIT
    start_database
  fi
  dotnet "$host" "$@" <&0 &
  service=$!
  trap 'kill -TERM "$service" 2>/dev/null' INT TERM HUP
  while kill -0 "$service" 2>/dev/null; do wait "$service" || true; done
  wait "$service"
}

host=$root/services/LeadScoring/Host/bin/Release/net10.0/leadscoring.dll
case ${1:-} in
  -h | --help)
    usage
    exit
    ;;
esac

need_dotnet
if [[ ${1:-} == --demo ]]; then
  shift
  demo "$@"
else
  run "$@"
fi
