# What the command-line tests share: TAP, a scratch folder, a fixed locale and time zone, expectations.
# shellcheck shell=bash
set -u
export LC_ALL=C.UTF-8 TZ=UTC
unset TRUCE_SHARE XDG_STATE_HOME
truce=$TRUCE_BINARY_DIR/bin/truce
share=$TRUCE_BINARY_DIR/share/truce
scratch=$(mktemp -d "${TMPDIR:-/tmp}/truce-cli.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
export HOME=$scratch
cd "$scratch" || exit 99
tests=0 failures=0 skipped=0

# ok NAME STATUS: one TAP line; STATUS 0 is success.
ok() {
    tests=$((tests + 1))
    if [ "$2" = 0 ]; then
        echo "ok $tests - $1"
    else
        failures=$((failures + 1))
        echo "not ok $tests - $1"
    fi
}

# expect NAME STATUS PATTERN COMMAND…: the command ends with the status, and what it prints on
# stdout and stderr together matches the pattern (grep -E; '' for anything).
expect() {
    local name=$1 status=$2 pattern=$3 got=0
    shift 3
    "$@" >out.txt 2>&1 || got=$?
    if [ "$got" = "$status" ] && { [ -z "$pattern" ] || grep -qE -- "$pattern" out.txt; }; then
        ok "$name" 0
    else
        echo "# $*"
        echo "# ended with $got, expected $status and /$pattern/; it printed:"
        sed 's/^/#   /' out.txt
        ok "$name" 1
    fi
}

# one_line NAME: what the last command of expect() printed is a single line.
one_line() {
    [ "$(wc -l <out.txt)" = 1 ]
    ok "$1" $?
}

# skip NAME REASON: a TAP line for what cannot be tried here.
skip() {
    tests=$((tests + 1)) skipped=$((skipped + 1))
    echo "ok $tests - $1 # SKIP $2"
}

# finish: status 1 where a test failed, 77 where all that was tried passed but some was skipped.
finish() {
    echo "1..$tests"
    [ "$failures" = 0 ] || exit 1
    [ "$skipped" = 0 ] || exit 77
    exit 0
}
