# What the scripts in this folder share. Sourced, not run.
# shellcheck shell=bash
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Debian keeps dockerd where the PATH of a person does not reach.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() {
    say "$@"
    exit 1
}
# choose_engine ARGUMENT…: those of a script, which may have `--engine NAME` among them. With it the script starts
# again, without these two, on that engine; contrib/engine knows the names.
choose_engine() {
    local name='' others=()
    while (($#)); do
        if [[ $1 == --engine ]]; then
            name=${2-none}
            shift
        else
            others+=("$1")
        fi
        shift || true
    done
    [[ -n $name ]] || return 0
    [[ -z ${STOKER_TEST_ENGINE-} ]] || die "STOKER_TEST_ENGINE names an engine already; --engine would start another"
    exec "$root/contrib/engine" "$name" "$0" "${others[@]}"
}

if ((EUID)); then sudo=(sudo); else sudo=(); fi
as_root() { "${sudo[@]}" "$@"; }

# wait_for SECONDS COMMAND…: asks until the command succeeds; fails when the time is over.
wait_for() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        if ((SECONDS >= deadline)); then return 1; fi
        sleep 0.1
    done
}

# --- what a script needs ---------------------------------------------------------------------------------

# Debian's package → what it is on other systems.
declare -A needs=(
    [busybox-static]="busybox, linked statically"
    [curl]="curl"
    [debian-archive-keyring]="the keys of Debian's archive (debian-archive-keyring)"
    [docker-buildx]="the buildx plugin of the docker client"
    [docker-cli]="the docker client"
    [docker.io]="the Docker Engine (dockerd)"
    [hyperfine]="hyperfine"
    [inotify-tools]="inotifywait (inotify-tools)"
    [jq]="jq"
    [libinotifytools0-dev]="libinotifytools with its headers (part of inotify-tools)"
    [openssl]="openssl"
    [procps]="pgrep and pkill (procps)"
    [python3]="python3"
    [python3-venv]="python3 with venv and pip"
    [strace]="strace"
    [util-linux]="setpriv and unshare (part of util-linux)"
    [watchman]="watchman"
)

# What start_engine needs.
engine_packages=(docker.io docker-cli util-linux procps curl)

# Asks for the thing, not for the package: with Docker's own packages installed, Debian's would replace them.
have() {
    case $1 in
        busybox-static) command -v busybox && ! ldd "$(command -v busybox)" ;;
        debian-archive-keyring) [[ -e /usr/share/keyrings/debian-archive-keyring.gpg ]] ;;
        docker-buildx) docker buildx version ;;
        docker-cli) command -v docker ;;
        docker.io) command -v dockerd ;;
        inotify-tools) command -v inotifywait ;;
        libinotifytools0-dev) ls /usr/include/inotifytools/inotifytools.h || ls /usr/local/include/inotifytools/inotifytools.h ;;
        python3-venv) python3 -c 'import ensurepip, venv' ;;
        procps) command -v pgrep && command -v pkill ;;
        util-linux) command -v setpriv && command -v unshare ;;
        *) command -v "$1" ;;
    esac >/dev/null 2>&1
}

# Says something only when it fails.
apt() {
    local words
    words=$(as_root env DEBIAN_FRONTEND=noninteractive apt-get --yes --quiet=2 "$@" </dev/null 2>&1) && return
    printf '%s\n' "$words" >&2
    return 1
}

apt_install() {
    local flags=(--no-install-recommends)
    # Nothing of the person's may go, except that busybox gives way to the same program linked statically.
    [[ $1 == busybox-static ]] || flags+=(--no-remove)
    apt install "${flags[@]}" "$1"
}

# need_packages PACKAGE…: Debian's names; installs what is missing.
need_packages() {
    local package missing=()
    for package; do
        have "$package" || [[ " ${missing[*]-} " == *" $package "* ]] || missing+=("$package")
    done
    if ((${#missing[@]} == 0)); then return; fi
    if ! command -v apt-get >/dev/null; then
        say "on a system without apt-get, please install first:"
        for package in "${missing[@]}"; do say "  ${needs[$package]}"; done
        command -v swift >/dev/null || say "  a Swift toolchain, 6.2 or newer: https://www.swift.org/install/linux/"
        exit 1
    fi
    if ((EUID)) && ! command -v sudo >/dev/null; then
        die "needs root for: apt-get install ${missing[*]}"
    fi
    say "installing with apt-get: ${missing[*]}"
    compgen -G '/var/lib/apt/lists/*Release' >/dev/null || apt update
    for package in "${missing[@]}"; do
        # One may have brought the next: docker.io brings the client on some systems, not on others.
        have "$package" || apt_install "$package" || { apt update && apt_install "$package"; } || true
        have "$package" || die "apt-get could not install $package; its words are above"
    done
}

need_swift() {
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9.]*\).*/\1/p' | head -n 1) || true
    if [[ -z $version ]] || ! printf '6.2\n%s\n' "$version" | sort -VC; then
        die "needs a Swift toolchain on the PATH, 6.2 or newer (found: ${version:-none});" \
            "get one from https://www.swift.org/install/linux/"
    fi
}

# --- processes and what is left of them ------------------------------------------------------------------

alive() { [[ -r /proc/$1/stat && $(<"/proc/$1/stat") != *") Z "* ]]; } 2>/dev/null

# our_pid FILE WORD: the process that FILE names, if its command line has WORD; numbers are given out again.
our_pid() {
    local pid
    pid=$(cat "$1" 2>/dev/null) && alive "$pid" && tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qF -- "$2" && echo "$pid"
}

# end_process PID SECONDS [-]: TERM, and KILL when the time is over; with - the whole process group.
end_process() {
    local target=${3-}$1
    ! alive "$1" || kill -TERM -- "$target" 2>/dev/null || as_root kill -TERM -- "$target" || true
    if wait_for "$2" not alive "$1"; then return; fi
    say "process $1 does not end; killing it"
    kill -KILL -- "$target" 2>/dev/null || as_root kill -KILL -- "$target" || true
}

not() { ! "$@"; }

# run COMMAND…: in a process group of its own, so that a TERM to the script ends it too: bash does not look at
# signals while a foreground command runs, and a plain background one would ignore SIGINT.
run() {
    set -m
    "$@" </dev/null &
    child=$!
    set +m
    wait "$child"
}

# Makes the folder `scratch`. The path is short, since one of a Unix socket ends at 107 bytes.
make_scratch() {
    scratch=$(mktemp -d "/tmp/stoker.XXXXXX")
    trap finish EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

# Ends and removes all that was started below `scratch`. The script's own `tidy`, if any, comes
# while the engine still runs.
finish() {
    local status=$? pid
    set +e
    trap '' HUP INT TERM
    if [[ ${child-} ]] && alive "$child"; then
        # At TERM swift would leave its tests running, at INT it ends them.
        kill -INT -- "-$child"
        wait_for 10 not alive "$child"
        end_process "$child" 10 -
    fi
    if pid=$(our_pid "$scratch/agent.pid" "$scratch/"); then end_process "$pid" 20; fi
    if declare -F tidy >/dev/null; then tidy; fi
    stop_engine "$scratch/engine"
    if mountpoint --quiet "$scratch"; then as_root umount --lazy "$scratch"; fi
    rm -rf --one-file-system "$scratch"
    exit "$status"
}

# --- a private engine ------------------------------------------------------------------------------------

ping_engine() {
    [[ $(curl --silent --max-time 2 --unix-socket "$1/docker.sock" http://engine/_ping) == OK ]]
}

engine_settled() { ping_engine "$1" || not alive "$2"; }

# start_engine DIR [FLAG…]: an engine of our own, with all that it has below DIR (which must not exist), reached by
# unix://DIR/docker.sock. The flags are dockerd's. With `keep` set it outlives the script.
#
# It must not be noticed by an engine that is there: it has no bridge and leaves the firewall alone (a second
# one with them takes away the first one's published ports), does not read /etc/docker/daemon.json, and does
# not see the system's containerd, whose containers it would share. The mounts are in a namespace of their own
# and go with the last process.
start_engine() {
    local dir up signal=TERM engine
    dir=$(realpath --canonicalize-missing "$1")
    shift
    up=$dir
    need_packages "${engine_packages[@]}"
    while [[ $up != / ]]; do
        up=$(dirname "$up")
        if [[ -e $up/engine-id || (-d $up/buildkit && -d $up/containers) ]]; then
            die "$up is the data folder of an engine; another one in it would destroy it"
        fi
    done
    mkdir -m 700 "$dir" || die "an engine needs a new folder"
    local settings=${STOKER_DAEMON_JSON-}
    echo "${settings:-"{}"}" >"$dir/daemon.json"
    if [[ ${keep-} ]]; then signal=clear; fi
    # Asks for the password now, and not in the background.
    as_root true
    # Not by the function: that would put a shell between, which would survive a killed script.
    # shellcheck disable=SC2016
    "${sudo[@]}" setpriv --pdeathsig "$signal" unshare --mount --propagation slave sh -c '
        echo $$ >"$0/started"
        mkdir -p /run/containerd && mount -t tmpfs none /run/containerd && exec "$@"' "$dir" \
        dockerd --host "unix://$dir/docker.sock" --group "$(id -g)" --config-file "$dir/daemon.json" \
        --data-root "$dir/data" --exec-root "$dir/exec" --pidfile "$dir/pid" \
        --bridge=none --iptables=false --ip6tables=false --ip-forward=false "$@" \
        </dev/null >"$dir/log" 2>&1 &
    engine=$!
    if ! wait_for 60 engine_settled "$dir" "$engine" || ! ping_engine "$dir"; then
        tail -n 20 "$dir/log" >&2
        die "the private engine does not start; its last words are above"
    fi
}

# stop_engine DIR: ends an engine that start_engine started there, and removes DIR. Knows no other.
stop_engine() {
    local dir=$1 pid ids
    [[ -e $dir/daemon.json ]] || return 0
    if pid=$(our_pid "$dir/started" "$dir/"); then
        # The engine would wait ten seconds for each that does not hear TERM.
        ids=$(docker --host "unix://$dir/docker.sock" ps --all --quiet 2>/dev/null) || true
        # shellcheck disable=SC2086
        [[ -z $ids ]] || docker --host "unix://$dir/docker.sock" rm --force $ids >/dev/null 2>&1 || true
        end_process "$pid" 40
    fi
    # An engine that was killed leaves its containers running, each under a shim that names our folder.
    for pid in $(pgrep -f -- "-address $dir/exec/"); do
        as_root pkill -KILL -P "$pid" || true
        as_root kill -KILL "$pid" || true
    done
    as_root rm -rf --one-file-system "$dir"
}

# Names the clients that tests build with. Debian's and, if another comes first on the PATH, that one too: they
# bring different builders. An engine of another release has its own client alone.
use_clients() {
    local client clients=() choice=(/usr/bin/docker "$(command -v docker)")
    if [[ ${choice[1]} == /usr/libexec/stoker-engine/* ]]; then choice=("${choice[1]}"); fi
    for client in "${choice[@]}"; do
        if [[ -x $client && ! $client -ef ${clients[0]-} ]]; then clients+=("$client"); fi
    done
    STOKER_TEST_CLIENTS=$(
        IFS=:
        echo "${clients[*]}"
    )
    STOKER_TEST_BUSYBOX=$(command -v busybox)
    export STOKER_TEST_CLIENTS STOKER_TEST_BUSYBOX
}

# --- Stoker itself ---------------------------------------------------------------------------------------

# Puts the release binary first on the PATH, and all that it keeps below `scratch`. STOKER_BIN names another
# binary, which then is not built.
# build_release PRODUCT [FLAG…]: .build/release/PRODUCT, with the Swift runtime in it.
#
# Without PIE the loader has nothing to relocate in so large a program: with it, each start takes 1.38 times as long (5 ms
# instead of 4; median of 60 pairs of `stoker --version`, two runs alike), and a hit is hardly more than a start. The
# price is that the program's own code has a known address; stack, heap and libraries do not. What the loader has
# written is read-only afterwards, and no library is looked for beside the program. The Swift runtime looks itself up
# among the exported symbols at each start, so there had better be none.
build_release() {
    local product=$1
    shift
    (cd "$root" && swift build -c release --product "$product" --static-swift-stdlib \
        --disable-local-rpath -Xlinker -z -Xlinker relro -Xlinker -z -Xlinker now \
        -Xlinker -no-pie -Xlinker --no-export-dynamic "$@")
}

use_stoker() {
    if [[ -z ${STOKER_BIN-} ]]; then
        "$root/contrib/build" >&2
        STOKER_BIN=$root/.build/release/stoker
    fi
    mkdir -m 700 "$scratch"/{bin,run,cache,config,state}
    ln -s "$(realpath "$STOKER_BIN")" "$scratch/bin/stoker"
    export PATH=$scratch/bin:$PATH
    export XDG_RUNTIME_DIR=$scratch/run XDG_CACHE_HOME=$scratch/cache XDG_CONFIG_HOME=$scratch/config
    export XDG_STATE_HOME=$scratch/state
}

agent_answers() {
    curl --silent --fail --max-time 2 --output /dev/null \
        --unix-socket "$XDG_RUNTIME_DIR/stoker/agent.sock" http://stoker/v1/status
}

# start_agent PROJECT…: in the background, deaf to the terminal's signals.
start_agent() {
    (
        trap '' HUP INT
        exec stoker agent "$@" </dev/null >"$scratch/agent.log" 2>&1
    ) &
    echo $! >"$scratch/agent.pid"
    if ! wait_for 30 agent_answers; then
        tail -n 20 "$scratch/agent.log" >&2
        die "the agent does not answer; its last words are above"
    fi
}
