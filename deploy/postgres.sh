#!/usr/bin/env bash
set -euo pipefail
# shellcheck source=deploy/prepare.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/prepare.sh"

readonly gate_seconds_max=600
readonly start_seconds_max=300 # Recovery after a crash replays up to max_wal_size.
readonly start_attempts_max=10
readonly stop_seconds_max=60
readonly log_bytes_max=$((16 << 20))
readonly cache_mb_min=128 cache_mb_max=8192

usage() {
  cat <<'USAGE'
A private PostgreSQL cluster for LeadScoring, on 127.0.0.1, from this machine's programs.

  deploy/postgres.sh start [FOLDER] [-c NAME=VALUE]...   makes it if it is missing, starts it if it does not run, and prints
                                                         its connection string; -c is a server's setting for this start
  deploy/postgres.sh stop [FOLDER] [--immediate]         returns when it has ended; --immediate as a crash would end it
  deploy/postgres.sh url [FOLDER]                        prints the connection string, password included; starts nothing
  deploy/postgres.sh --help

FOLDER: LEADSCORING_DATA, otherwise a folder of this checkout's own in /var/lib/leadscoring (root) or ~/.local/share/leadscoring.
It holds password, port (kept from start to start while it is free), server/server.log and server/data with postgresql.conf.
LEADSCORING_POSTGRES_USER: who runs the server when root starts it (postgres). LEADSCORING_POSTGRES_BIN: where its programs are,
otherwise on the PATH and in /usr/lib/postgresql.
USAGE
}

# Runs a command as the account that runs the server, which is never root, without PGPORT and its kin and in the language whose
# messages are read here.
as_server() { "${drop[@]}" env -i PATH="$PATH" LC_ALL=C "$@"; }

find_account() {
  account=$(id -un) drop=()
  if (($(id -u) != 0)); then return; fi
  account=${LEADSCORING_POSTGRES_USER:-postgres}
  id -u -- "$account" >/dev/null 2>&1 ||
    fail "PostgreSQL does not run as root and there is no user '$account' to run it as: install PostgreSQL, set LEADSCORING_POSTGRES_USER to an account, or run this as an ordinary user."
  drop=(setpriv --reuid "$account" --regid "$(id -g -- "$account")" --init-groups --)
}

# The programs that read the data, or the newest where there are no data yet.
find_programs() {
  local programs made='' newest
  programs=$(postgres_programs)
  newest=${programs%% *}
  if [[ -e $data/PG_VERSION ]]; then made=$(<"$data/PG_VERSION"); fi
  [[ -n $programs ]] || fail "PostgreSQL's server programs are missing: run 'apt-get install postgresql', or set ConnectionStrings__LeadScoring to a server elsewhere."
  ((newest >= postgres_major_min)) || fail "PostgreSQL $newest is installed, but $postgres_major_min or newer is needed: install that."
  bin=$(sed -n "s/^${made:-$newest} //p" <<<"$programs")
  [[ -n $bin ]] || fail "The data in $folder are of PostgreSQL $made, but only ${programs//$'\n'/, } is here: run 'apt-get install postgresql-$made', or move the data with pg_upgrade."
}

# The line of a program's words that tells most.
complaint() { grep -m 1 -E 'error:|FATAL:|PANIC:|ERROR:' <<<"$1" || tail -n 1 <<<"$1"; }

# An eighth of the memory this machine or container has: it is shared with the service and whatever else runs here.
memory_settings() {
  local mb limit cache
  mb=$(($(sed -nE 's/^MemTotal: +([0-9]+) kB/\1/p' /proc/meminfo) / 1024))
  limit=$(cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || true)
  if [[ $limit =~ ^[0-9]+$ ]] && ((limit >> 20 < mb)); then mb=$((limit >> 20)); fi
  cache=$((mb / 8 < cache_mb_min ? cache_mb_min : mb / 8 > cache_mb_max ? cache_mb_max : mb / 8))
  printf "\nshared_buffers = '%dMB'\neffective_cache_size = '%dMB'\n" "$cache" $((mb / 2 > cache ? mb / 2 : cache))
}

# Built in a draft, which becomes the data only when it is whole: a crash half way costs nothing.
make_cluster() {
  echo "Making a private PostgreSQL cluster in $folder ..." >&2
  local draft=$server/draft.$$ password said
  rm -rf -- "$server"/draft.* "$folder/password"
  password=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
  said=$(as_server "$bin/initdb" -D "$draft" -U postgres --auth reject --encoding UTF8 --locale C --data-checksums 2>&1) ||
    fail "PostgreSQL cannot make its data in $server ($(complaint "$said")): mend that, or set LEADSCORING_DATA to another place."
  { cat "$root/deploy/postgres.conf" && memory_settings; } | as_server tee -a "$draft/postgresql.conf" >/dev/null
  echo 'host all all 127.0.0.1/32 scram-sha-256' | as_server tee "$draft/pg_hba.conf" >/dev/null

  # The password goes through a pipe: everybody may read arguments, and a running server's log would show a statement that fails.
  # The service's role may make databases, so that it can restore a back-up beside the live one.
  said=$(as_server "$bin/postgres" --single -c exit_on_error=on -D "$draft" postgres 2>&1 <<SQL
alter role postgres password '$password'
create role leadscoring login createdb password '$password'
create database leadscoring owner leadscoring
SQL
  ) || fail "PostgreSQL cannot make its database in $server ($(complaint "$said")): mend that, or set LEADSCORING_DATA to another place."
  printf '%s' "$password" >"$folder/password"
  sync "$folder/password" "$draft/postgresql.conf" "$draft/pg_hba.conf"
  as_server mv "$draft" "$data"
}

# The process of the server on these very data, whatever a file says that a crash left behind: its number may be anybody's by now.
live_pid() {
  local words=()
  read -r pid 2>/dev/null <"$data/postmaster.pid" || return 1
  { mapfile -d '' -t words <"/proc/$pid/cmdline"; } 2>/dev/null || return 1
  [[ ${words[*]:0:1} == */postgres && " ${words[*]} " == *" -D $data "* ]]
}

# Returns when the server takes connections; with 1 when none runs, or no more.
until_ready() {
  local waited
  for ((waited = 0; waited < start_seconds_max * 10; waited++)); do
    live_pid || return 1
    case $(sed -n 8p "$data/postmaster.pid" 2>/dev/null) in ready* | standby*) return ;; esac
    sleep 0.1
  done
  fail "The PostgreSQL server in $folder (process $pid) takes no connections since $start_seconds_max s: see $log."
}

start_server() {
  local attempt length said=''
  for ((attempt = 1; attempt <= start_attempts_max; attempt++)); do
    as_server rm -f "$data/postmaster.pid"
    length=$(stat -c %s "$log" 2>/dev/null || echo 0)
    if ((length > log_bytes_max)); then as_server mv "$log" "$log.1" && length=0; fi
    echo "$port" >"$folder/port"
    as_server "$bin/pg_ctl" start -w -s -t "$start_seconds_max" -D "$data" -l "$log" -o "-c port=$port ${settings[*]}" \
      </dev/null >/dev/null 2>&1 {gate}>&- || true
    if until_ready; then return; fi
    said=$(tail -c "+$((length + 1))" "$log" 2>/dev/null || true)
    case $said in
      *'Address already in use'*) port=$(free_port) ;;
      *'pre-existing shared memory block'*) sleep 1 ;; # The last processes of a server that was killed are on their way out.
      *) break ;;
    esac
  done
  fail "PostgreSQL does not start in $folder ($(complaint "$said")): see $log."
}

# Below the ports that outgoing connections take; start_server finds out whether it is free.
free_port() { echo $((20000 + RANDOM % 12000)); }

enter() {
  exec {gate}>>"$folder/gate.lock"
  flock -w "$gate_seconds_max" "$gate" ||
    fail "Another process has been starting or stopping the database in $folder for $gate_seconds_max s: end it and try again."
}

start() {
  find_account
  make_data_folder "$folder"
  umask 077
  enter
  find_programs
  if [[ -e $server && $(stat -c %U "$server") != "$account" && (-e $data || ${#drop[@]} == 0) ]]; then
    fail "The database in $folder belongs to $(stat -c %U "$server"), not to $account: run this as that user, or set LEADSCORING_DATA to another place."
  fi
  if [[ ! -e $data ]]; then
    install -d -m 700 -o "$account" "$server"
    as_server test -w "$server" ||
      fail "The user '$account', who runs PostgreSQL, cannot write to $server: let it pass the folders above, or set LEADSCORING_DATA to another place."
    make_cluster
  fi
  [[ -s $folder/password ]] ||
    fail "The folder $folder holds a database but not its password: restore $folder/password from a back-up, or set LEADSCORING_DATA to another place."
  if ! until_ready; then
    port=$(cat "$folder/port" 2>/dev/null || free_port)
    start_server
    echo "Started the private PostgreSQL in $folder, process $pid on port $port." >&2
  fi
  url
}

stop() {
  [[ -e $data ]] || fail "There is no private PostgreSQL in $folder."
  make_data_folder "$folder"
  enter
  local signal waited
  for signal in "${signals[@]}"; do
    for ((waited = 0; waited < stop_seconds_max * 10; waited++)); do
      if ! live_pid; then
        echo "The private PostgreSQL in $folder is stopped." >&2
        return
      fi
      if ((waited == 0)); then kill -s "$signal" "$pid"; fi
      sleep 0.1
    done
    echo "The PostgreSQL server in $folder (process $pid) did not stop within $stop_seconds_max s of SIG$signal." >&2
  done
  return 1
}

url() {
  [[ -r $folder/password && -r $folder/port ]] || fail "There is no private PostgreSQL of yours in $folder: deploy/postgres.sh start makes one."
  printf 'Host=127.0.0.1;Port=%s;Username=leadscoring;Password=%s;Database=leadscoring;SSL Mode=Disable;GSS Encryption Mode=Disable\n' \
    "$(<"$folder/port")" "$(<"$folder/password")"
}

command=${1:-} folder='' settings=() signals=(INT QUIT) # Fast shutdown, then immediate.
case $command in
  start | stop | url) shift ;;
  -h | --help) usage && exit ;;
  *) usage >&2 && exit 2 ;;
esac
while (($#)); do
  case $1 in
    -h | --help) usage && exit ;;
    --immediate) signals=(QUIT) ;;
    -c)
      [[ ${2:-} =~ ^[a-z_.]+=[A-Za-z0-9_.]+$ ]] || fail "-c takes NAME=VALUE, for example -c max_connections=200."
      settings+=(-c "$2") && shift
      ;;
    -*) fail "Unknown option $1: see deploy/postgres.sh --help." ;;
    *) folder=$1 ;;
  esac
  shift
done
folder=$(realpath -m -- "${folder:-$(data_folder)}") # A running server is known by its true path.
readonly folder server=$folder/server data=$folder/server/data log=$folder/server/server.log
cd /
"$command"
