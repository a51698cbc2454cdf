#!/usr/bin/env bash
set -euo pipefail
# shellcheck source=deploy/prepare.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/prepare.sh"

readonly projects=(Specs ContractTests IntegrationTests)
readonly hang_limit=10m

case ${1:-} in
  -h | --help)
    cat <<'USAGE'
Builds everything and runs every test; installs PostgreSQL's and RabbitMQ's programs if they are missing.

  deploy/test.sh            all tests
  deploy/test.sh FILTER     those that `dotnet test --filter FILTER` chooses, e.g. FullyQualifiedName~Storage

The last line is "N passed, N failed, N skipped"; the exit code is 0 only if tests ran and none failed.
USAGE
    exit
    ;;
esac

# A developer's run of the specs takes fewer.
export LEADSCORING_SPEC_SAMPLES=${LEADSCORING_SPEC_SAMPLES:-200}

need_dotnet
need_postgres
need_rabbitmq
results=$root/TestResults
rm -rf "$results"
cd "$root"

dotnet restore LeadScoring.sln
dotnet build LeadScoring.sln -c Release --no-restore -warnaserror -clp:NoSummary -p:UseSharedCompilation=false

# The value of one of the counters in a result file.
counter() {
  grep -o '<Counters [^>]*>' "$1" | grep -oE " $2=\"[0-9]+\"" | grep -oE '[0-9]+'
}

passed=0 failed=0 skipped=0
for project in "${projects[@]}"; do
  echo "== $project"
  arguments=(
    "tests/LeadScoring.$project" -c Release --no-build --results-directory "$results"
    --logger "trx;LogFileName=$project.trx" --logger 'console;verbosity=minimal'
    --blame-hang-timeout "$hang_limit" --blame-hang-dump-type none
  )
  if [[ -n ${1:-} ]]; then arguments+=(--filter "$1"); fi
  code=0
  dotnet test "${arguments[@]}" </dev/null || code=$?

  trx=$results/$project.trx
  project_failed=0
  if [[ -s $trx ]]; then
    # Skipped tests are the ones not executed: the counter of that name stays 0.
    for kind in failed error timeout aborted; do
      project_failed=$((project_failed + $(counter "$trx" "$kind")))
    done
    passed=$((passed + $(counter "$trx" passed)))
    skipped=$((skipped + $(counter "$trx" total) - $(counter "$trx" executed)))
  fi

  # A filter may choose none of a project's tests; without one, a project that ran nothing is broken.
  if [[ -z ${1:-} ]] && { [[ ! -s $trx ]] || (($(counter "$trx" total) == 0)); }; then
    echo "$project ran no test." >&2
    code=1
  fi
  if ((code != 0 && project_failed == 0)); then
    echo "$project failed as a whole (exit code $code)." >&2
    project_failed=1
  fi
  failed=$((failed + project_failed))
done

if ((passed + failed == 0)); then echo "No test ran." >&2; fi
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
((passed > 0 && failed == 0))
