#!/usr/bin/env bash
# `make run`: builds Calyx and starts it on a state directory of its own, which is deleted at the end.
#
#   BROKER=redis://host:6379/0   monitors that broker; without it a private redis-server and a small Celery
#                                application with two workers are started to be watched
#   PORT=5555                    where Calyx listens, on loopback only
#
# Ctrl-C or SIGTERM stops everything this script started.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly port=${PORT:-5555}
broker=${BROKER:-}
started=()  # process groups, in the order they were started
state=''

say() { printf '==> %s\n' "$*"; }
stop() { printf 'error: %s\n' "$*" >&2; exit 1; }

# --- starting and stopping ------------------------------------------------------------------------------------------

# start LOG COMMAND...: runs the command as a process group of its own, so that a Ctrl-C in the terminal reaches this
# script alone, and the script stops the parts in order. LOG is a file, or - for this terminal. Sets `child`.
start() {
    local log=$1; shift
    if [ "$log" = - ]; then
        setsid "$@" </dev/null &
    else
        setsid "$@" </dev/null >>"$log" 2>&1 &
    fi
    child=$!
    started+=("$child")
}

alive() { kill -0 "$1" 2>/dev/null; }

# end PID...: asks each to stop, waits up to five seconds for all, then ends what is left of their groups.
end() {
    local pid tries=0
    for pid in "$@"; do kill -TERM "$pid" 2>/dev/null || true; done
    for pid in "$@"; do
        while alive "$pid" && [ $((tries++)) -lt 50 ]; do sleep 0.1; done
        kill -KILL -- "-$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
}

stop_all() {
    local status=$?
    trap '' INT TERM HUP
    if [ ${#started[@]} -gt 0 ]; then
        printf '\n==> Stopping\n'
        end "${started[@]:1}"
        end "${started[0]}"  # the broker, when there is one: the others say goodbye to it
    fi
    [ -z "$state" ] || rm -rf "$state"
    exit "$status"
}
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# run COMMAND...: a long step that a signal can end at once.
run() {
    setsid "$@" </dev/null &
    child=$!
    started+=("$child")
    wait "$child" || stop "this step failed: $*"
    unset 'started[-1]'
}

# until_true SECONDS PID COMMAND...: polls until the command succeeds; fails when the process is gone or time is up.
until_true() {
    local seconds=$1 pid=$2 deadline; shift 2
    deadline=$((SECONDS + seconds))
    until "$@" >/dev/null 2>&1; do
        alive "$pid" && [ $SECONDS -lt $deadline ] || return 1
        sleep 0.1
    done
}

is_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# --- before the long steps ------------------------------------------------------------------------------------------

case $port in *[!0-9]* | '') stop "PORT: read '$port', a number from 1 to 65535 is allowed" ;; esac
if is_open "$port"; then stop "port $port is in use; choose another one: make run PORT=5556"; fi
case $broker in
'' | redis://* | rediss://* | redis+socket://*) ;;
*) stop "BROKER: read '$broker', a redis:// or rediss:// address is allowed" ;;
esac

if [ -n "$broker" ]; then deploy/prepare.sh build; else deploy/prepare.sh run; fi
PATH=$PATH:${SWIFT_HOME:-$HOME/.local/share/swift-6.3.1}/usr/bin

say "Building Calyx (release). The first time this takes some minutes"
run swift build -c release --product calyx
calyx=$(swift build -c release --show-bin-path)/calyx
if [ -z "$broker" ]; then run deploy/venv.sh deploy/demo/requirements.txt; fi

state=$(mktemp -d)
secret() { head -c 18 /dev/urandom | base64 | tr '+/' '-_'; }

# --- something to watch ---------------------------------------------------------------------------------------------

if [ -z "$broker" ]; then
    say "Starting a private redis-server and a Celery application with two workers"
    redis_password=$(secret)
    for attempt in 1 2 3 4 5; do
        redis_port=$((20000 + RANDOM % 20000))
        is_open $redis_port && continue
        (umask 077; printf '%s\n' "port $redis_port" 'bind 127.0.0.1' "requirepass $redis_password" 'save ""' \
            "dir $state" >"$state/redis.conf")
        start "$state/redis.log" redis-server "$state/redis.conf"
        until_true 10 "$child" is_open $redis_port && break
        [ "$attempt" -lt 5 ] || { tail -n 5 "$state/redis.log" >&2; stop "redis-server did not start"; }
    done
    broker=redis://:$redis_password@127.0.0.1:$redis_port/0
    export DEMO_BROKER=$broker
    python=$PWD/.build/venv/bin/python
    cd deploy/demo
    export PYTHONDONTWRITEBYTECODE=1
    for name in one two; do
        start "$state/worker-$name.log" "$python" -m celery -A app worker -E -l INFO -c 2 -n "$name@demo" \
            -Q celery,reports
    done
    start "$state/producer.log" "$python" producer.py
    cd ../..
    unset DEMO_BROKER
fi

# --- Calyx ----------------------------------------------------------------------------------------------------------

say "Starting Calyx"
password=$(secret)
CALYX_BASIC_AUTH=admin:$password CALYX_BROKER=$broker start - \
    "$calyx" up --address=127.0.0.1 --port="$port" --admin_address=none --state_dir="$state/calyx"
calyx_pid=$child
until_true 30 "$calyx_pid" curl -fsS -o /dev/null "http://127.0.0.1:$port/healthcheck" ||
    stop "Calyx did not start (its own words are above)"

cat <<BANNER

    Calyx is running.

        http://127.0.0.1:$port/
        user      admin
        password  $password

    The same from a shell:  curl -u admin:$password http://127.0.0.1:$port/api/workers
    Ctrl-C stops everything and deletes $state

BANNER
wait "$calyx_pid" || stop "Calyx ended with status $?"
