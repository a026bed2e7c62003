#!/usr/bin/env bash
# Builds everything and runs every test: the one command before a commit, and what CI runs.
# The last line is "N passed, N failed, N skipped"; the exit code is 0 only when something ran and nothing failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

configuration=Release     # tests and samples run what is shipped
results=artifacts/test-results
# Browsers come from the system (chromium on PATH), never from Playwright's own download.
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

give_up() {
    printf '\n%s\n' "$1" >&2
    echo "0 passed, 0 failed, 0 skipped"
    exit 1
}

require_tools() {
    local missing=() tool
    for tool in memcached chromium; do
        command -v "$tool" >/dev/null || missing+=("$tool")
    done
    if ((${#missing[@]} > 0)); then
        install_or_say "${missing[@]}"
    fi

    command -v dotnet >/dev/null ||
        give_up "The .NET 10 SDK is missing: https://dotnet.microsoft.com/download"
}

install_or_say() {
    local by_hand="apt-get update && apt-get install -y $*"
    if ((EUID != 0)) || ! command -v apt-get >/dev/null; then
        give_up "The tests need: $*. Install with: sudo sh -c '$by_hand' (or the like), then run ./test.sh again."
    fi

    echo "Installing $*"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"; } >/dev/null ||
        give_up "Could not install $*. Try by hand: $by_hand"
    hash -r
}

# The number in an attribute, summed over the counters of all result files.
sum() {
    { grep -ho "<Counters [^>]*" "$results"/*.trx 2>/dev/null || true; } |
        sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" | awk '{ total += $1 } END { print total + 0 }'
}

# Runs that ended before their tests did (a crash, a hang) report no failed test. Neither do projects whose tests
# were never found.
broken_runs() {
    local project name run
    for project in tests/*.Tests; do
        name=$(basename "$project")
        run=$(grep -liE "(storage|codeBase)=\"[^\"]*/$name.dll\"" "$results"/*.trx 2>/dev/null || true)
        if [[ -z $run ]]; then
            if grep -rqE --include='*.cs' '\[(Fact|Theory)' "$project"; then
                echo "$project: has tests, and none ended"
            fi
        elif grep -q '<ResultSummary outcome="Failed"' "$run" && grep -q '<Counters .* failed="0"' "$run"; then
            echo "$project: ended before its tests did"
        fi
    done
}

require_tools

# Warnings are errors here; the notes that remain (NU1603: the registry gave a later version) would only bury them.
dotnet build Provider.sln --configuration "$configuration" --nologo --verbosity quiet "-clp:ErrorsOnly;NoSummary" ||
    give_up "The build failed."

rm -rf "$results"
# One project after another (-m:1): some tests measure delays, and two cores are soon busy. Inside a project,
# classes run side by side. A hanging test is named and ends its project; what it leaves running ends with the group.
set -m
dotnet test Provider.sln --configuration "$configuration" --no-build --nologo -m:1 \
    --results-directory "$results" \
    --logger "trx;LogFilePrefix=tests" --logger "console;verbosity=minimal" \
    --blame-hang-timeout 3m --blame-hang-dump-type none &
tests=$!
set +m
trap 'kill -- "-$tests" 2>/dev/null || true' EXIT
status=0
wait "$tests" || status=$?

broken=$(broken_runs)
total=$(sum total) executed=$(sum executed) passed=$(sum passed)
failed=$((executed - passed)) skipped=$((total - executed))
if [[ -n $broken ]]; then
    printf '\nCounted as failed:\n%s\n' "$broken"
    failed=$((failed + $(wc -l <<<"$broken")))
fi
if ((executed == 0)); then
    printf '\nNo test ran.\n'
fi
if ((executed == 0 || failed > 0)); then
    status=1
fi

printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
exit "$status"
