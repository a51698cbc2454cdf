# shellcheck shell=bash
# Sourced by the other scripts here: sees to what they need on a bare Debian or Ubuntu machine with the .NET SDK.

# Builds leave no processes behind that would wait for the next one.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
readonly root postgres_major_min=15

fail() {
  printf '%s\n' "$1" >&2
  exit 2
}

need_dotnet() {
  command -v dotnet >/dev/null ||
    fail "The .NET 10 SDK is missing: install it (https://dot.net/download), then run this again."
  (cd "$root" && dotnet --version >/dev/null 2>&1) ||
    fail "No installed .NET SDK satisfies $root/global.json: install the .NET 10 SDK (https://dot.net/download)."
}

# Where PostgreSQL's server programs are: lines "MAJOR FOLDER", the newest first.
postgres_programs() {
  local initdb places=("$(command -v initdb || true)" /usr/lib/postgresql/*/bin/initdb)
  if [[ -n ${LEADSCORING_POSTGRES_BIN:-} ]]; then places=("$LEADSCORING_POSTGRES_BIN/initdb"); fi
  for initdb in "${places[@]}"; do
    if [[ -x $initdb ]]; then
      initdb=$(readlink -f "$initdb")
      printf '%s %s\n' "$("$initdb" --version | sed -E 's/.*\(PostgreSQL\) ([0-9]+).*/\1/')" "${initdb%/*}"
    fi
  done | sort -rnu
}

# The newest major version whose server programs are here; 0 when there are none.
postgres_major() {
  local major=0
  read -r major _ < <(postgres_programs) || true
  printf '%s' "${major:-0}"
}

need_postgres() {
  if (($(postgres_major) < postgres_major_min)); then
    install_postgres
  fi
  local major
  major=$(postgres_major)
  if ((major < postgres_major_min)); then
    fail "PostgreSQL $major is installed, but $postgres_major_min or newer is needed: add https://apt.postgresql.org, or set ConnectionStrings__LeadScoring to a newer server."
  fi
}

install_postgres() {
  need_apt "PostgreSQL $postgres_major_min or newer" postgresql
  echo "Installing PostgreSQL ..."
  apt_get update
  apt_get install -y --no-install-recommends postgresql-common

  # The package would make and start a cluster of its own, on port 5432; nobody asked for that one. Settings go back as they were.
  local settings=/etc/postgresql-common/createcluster.conf
  "${as_root[@]}" cp -p "$settings" "$settings.leadscoring"
  "${as_root[@]}" sed -i -E '/^[#[:space:]]*create_main_cluster\b/d' "$settings"
  printf 'create_main_cluster = false\n' | "${as_root[@]}" tee -a "$settings" >/dev/null
  local installed=0
  apt_get install -y --no-install-recommends postgresql || installed=$?
  "${as_root[@]}" mv "$settings.leadscoring" "$settings"
  ((installed == 0)) || fail "PostgreSQL could not be installed: see the messages of apt-get above."
}

# The folder of the private cluster: one a checkout, so that two on one machine never share or fight over one.
data_folder() {
  local base=/var/lib
  if (($(id -u) != 0)); then base=${XDG_DATA_HOME:-${HOME:-}/.local/share}; fi
  if [[ -n ${LEADSCORING_DATA:-} ]]; then
    realpath -m -- "$LEADSCORING_DATA"
  else
    [[ $base != /.local/share ]] || fail "This user has no home folder for the database: set LEADSCORING_DATA to a folder of its own."
    printf '%s/leadscoring/%.12s\n' "$base" "$(printf '%s' "$root" | sha256sum)"
  fi
}

# Root's lets the account that runs the server pass through; the password in it stays root's.
make_data_folder() {
  local mask=077
  if (($(id -u) == 0)); then mask=066; fi
  (umask "$mask" && mkdir -p -- "$1" 2>/dev/null) || fail "The data folder $1 cannot be made: set LEADSCORING_DATA to another place."
  [[ -w $1 && -x $1 ]] ||
    fail "The data folder $1 belongs to $(stat -c %U -- "$1"), not to $(id -un): run this as that user, or set LEADSCORING_DATA to another place."
}

# The database to use: the one of ConnectionStrings__LeadScoring, or else the private cluster, started if it does not run.
open_database() {
  if [[ -n ${ConnectionStrings__LeadScoring:-} ]]; then return; fi
  need_postgres
  data=$(data_folder)
  make_data_folder "$data"

  # Held together by all who use the cluster, the service included: it ends after the last of them, if one of them started it.
  exec {use}<>"$data/use.lock"
  flock -s "$use"
  local before
  before=$(server_pid)
  # Out of reach of Ctrl-C, which would leave the server half started: whoever calls stops it afterwards.
  ConnectionStrings__LeadScoring=$(trap '' INT TERM HUP && exec setsid "$root/deploy/postgres.sh" start "$data" {use}>&-)
  export ConnectionStrings__LeadScoring Migrations__ApplyAtStart=true
  if [[ $(server_pid) != "$before" ]]; then server_pid >"$data/use.lock"; fi
}

close_database() {
  trap '' INT TERM HUP
  local pid
  if [[ -z ${use:-} ]] || ! flock -nx "$use"; then return; fi
  pid=$(server_pid)
  if [[ -n $pid && $(<"$data/use.lock") == "$pid" ]]; then
    "$root/deploy/postgres.sh" stop "$data" {use}>&-
  elif [[ -n $pid ]]; then
    echo "The private PostgreSQL in $data was there before: it goes on until 'deploy/postgres.sh stop'." >&2
  fi
}

server_pid() {
  local pid=''
  read -r pid 2>/dev/null <"$data/server/data/postmaster.pid" || true
  if [[ -n $pid && -d /proc/$pid ]]; then printf '%s' "$pid"; fi
}

need_rabbitmq() {
  [[ -x /usr/lib/rabbitmq/bin/rabbitmq-server ]] || install_rabbitmq
}

install_rabbitmq() {
  need_apt RabbitMQ rabbitmq-server
  echo "Installing RabbitMQ ..."
  apt_get update

  # The package would start a broker of its own, on port 5672, now and at every boot; nobody asked for that one.
  local policy=/usr/sbin/policy-rc.d ours=0 installed=0
  if [[ ! -e $policy ]]; then
    ours=1
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod 755 "$policy"
  fi
  apt_get install -y --no-install-recommends rabbitmq-server || installed=$?
  if ((ours)); then "${as_root[@]}" rm -f "$policy"; fi
  ((installed == 0)) || fail "RabbitMQ could not be installed: see the messages of apt-get above."
  "${as_root[@]}" update-rc.d rabbitmq-server disable >/dev/null 2>&1 || true
}

# Sees to it that packages can be installed: sets as_root, the words before a command that needs root's rights.
need_apt() {
  command -v apt-get >/dev/null || fail "$1 is missing and there is no apt-get: install it, then run this again."
  as_root=()
  if (($(id -u) != 0)); then
    command -v sudo >/dev/null || fail "$1 is missing: run 'apt-get install $2' as root, then run this again."
    as_root=(sudo)
  fi
}

apt_get() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq "$@" </dev/null >/dev/null; }
