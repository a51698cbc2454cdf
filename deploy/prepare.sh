# shellcheck shell=bash
# Sourced by run.sh and test.sh: sees to what they need on a bare Debian or Ubuntu machine with the .NET SDK.

# Builds leave no processes behind that would wait for the next one.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
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

# The newest major version whose server programs are here; 0 when there are none.
postgres_major() {
  local initdb major newest=0
  for initdb in "$(command -v initdb || true)" /usr/lib/postgresql/*/bin/initdb; do
    if [[ -x $initdb ]]; then
      major=$("$initdb" --version | sed -E 's/.*\(PostgreSQL\) ([0-9]+).*/\1/')
      if ((major > newest)); then newest=$major; fi
    fi
  done
  printf '%s' "$newest"
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
