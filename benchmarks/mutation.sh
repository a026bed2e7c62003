#!/usr/bin/env bash
# Mutation scores of the folders that keep customers apart: benchmarks/mutation.sh [ring] [protocol] [scopes] [envelope]
# Without arguments all four. Reports go to artifacts/mutation/<folder>/reports. The exit code is 1 when a score is below 80 %.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
# The analyzers have their say in the ordinary build.
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 RunAnalyzers=false

declare -A tests=([ring]=Provider [protocol]=Provider [envelope]=Provider [scopes]=Middleware)
folders=("$@")
((${#folders[@]} > 0)) || folders=(ring protocol scopes envelope)

dotnet tool restore
status=0
for folder in "${folders[@]}"; do
    # Stryker runs where the test project is. It replaces the built assembly there by one that holds all mutants; the last build puts that right.
    project=$root/tests/${tests[$folder]}.Tests
    (cd "$project" && dotnet stryker --config-file "$root/benchmarks/mutation/$folder.json" --output "$root/artifacts/mutation/$folder" --skip-version-check) || status=1
    rm -rf "$project/bin/Debug"
done
exit "$status"
