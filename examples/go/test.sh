#!/usr/bin/env bash
# test.sh [BUILD]: runs the test against the library of a build directory, under the race detector.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
build=$(realpath "${1:-../../build/release}")
export CGO_ENABLED=1 CGO_CFLAGS="-I$(realpath ../../include)" CGO_LDFLAGS="-L$build/src/c_api"
export LD_LIBRARY_PATH=$build/src/c_api GOFLAGS=-mod=mod
go vet .
go test -race -count=1 .
