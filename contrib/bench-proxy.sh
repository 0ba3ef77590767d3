# The part `proxy` of contrib/bench: sourced by it.
# shellcheck shell=bash disable=SC2154  # lib.sh makes root and scratch.
# shellcheck disable=SC2016  # The backquotes are Markdown's.

requests=${REQUESTS:-5000}
bytes=${BYTES:-1000000000}
((EUID == 0)) || die "needs root, for the private engine"
need_packages "${engine_packages[@]}" busybox-static jq
make_scratch
# Names another ProxyBench, which then is not built.
bench=${STOKER_PROXY_BIN-}
if [[ -z $bench ]]; then
    build_release ProxyBench >&2
    bench=$root/.build/release/ProxyBench
fi

# serve NAME ARGUMENT…: a ProxyBench in the background that listens; it ends with its input, so that it goes with
# this script, however that ends.
mkfifo "$scratch/input"
exec 9<>"$scratch/input"
serve() {
    local name=$1
    shift
    setpriv --pdeathsig TERM "$bench" "$@" <"$scratch/input" >"$scratch/$name.out" &
    wait_for 60 grep --quiet listening "$scratch/$name.out" || die "$name does not start"
}

unset "${!DOCKER_@}" "${!BUILDX_@}" "${!BUILDKIT_@}"
export DOCKER_CONFIG=$scratch/docker
start_engine "$scratch/engine"
export DOCKER_HOST=unix://$scratch/engine/docker.sock
mkdir -p "$scratch/base/bin"
cp "$(command -v busybox)" "$scratch/base/bin"
tar --directory "$scratch/base" --create bin | docker import - stoker-bench-proxy:latest >"$scratch/import.log"
id=$(docker create --network none stoker-bench-proxy:latest /bin/busybox true)
serve proxy proxy "$DOCKER_HOST" "$scratch/proxy.sock" dev.stoker.lease=bench
serve engine engine "$scratch/fake.sock" "$bytes"
serve fake-proxy proxy "unix://$scratch/fake.sock" "$scratch/fake-proxy.sock"

say "asking $requests times each, directly and through the proxy"
printf '\n| a request on a kept connection, %s times each in turns | median | 95 %% | more at the median |\n' "$requests"
printf '|---|--:|--:|--:|\n'
for target in /_ping "/containers/$id/json"; do
    "$bench" latency "$target" "$requests" "$scratch/engine/docker.sock" "$scratch/proxy.sock" |
        awk -v target="${target/$id/ID}" '
            NR == 1 { direct = $1; printf "| `GET %s`, direct | %.3f ms | %.3f ms | |\n", target, $1, $2 }
            NR == 2 { printf "| through the proxy | %.3f ms | %.3f ms | %.3f ms |\n", $1, $2, $1 - direct }'
done

# rates MODE: direct and through the proxy in turns, gigabytes a second.
rates() {
    local round
    for ((round = 0; round < ${RUNS:-9}; round++)); do
        "$bench" "$1" "$bytes" "$scratch/fake.sock" "$scratch/fake-proxy.sock"
    done
}

# row TITLE: of lines with two figures each.
row() {
    jq --raw-input --slurp --raw-output --arg title "$1" '
        def median: sort | .[(length - 1) / 2 | floor];
        split("\n") | map(select(. != "") | split(" ") | map(tonumber)) |
        [(map(.[0]) | median), (map(.[1]) | median), (map(.[1] / .[0]) | median)] |
        map(. * 100 | round / 100) | "| \($title) | \(.[0]) | \(.[1]) | \(.[2]) |"'
}

# An image of so many bytes, which cannot be made small.
say "building an image of $bytes bytes"
mkdir "$scratch/image"
head --bytes "$bytes" /dev/urandom >"$scratch/image/data"
tar --directory "$scratch/image" --create data | docker import - stoker-bench-proxy:large >"$scratch/import.log"
docker cp "$scratch/image/data" "$id:/warm"

# seconds COMMAND…: how many it takes.
seconds() {
    local start=${EPOCHREALTIME/./}
    "$@" >"$scratch/last.out" 2>&1 || die "$* failed: $(tail -n 3 "$scratch/last.out")"
    echo $((${EPOCHREALTIME/./} - start)) | awk '{ print $1 / 1000000 }'
}
save() { docker --host "$1" save stoker-bench-proxy:large | cat >/dev/null; }
copy_in() { docker --host "$1" cp "$scratch/image/data" "$id:/data"; }
copy_out() { docker --host "$1" cp "$id:/warm" - | cat >/dev/null; }

# clients COMMAND: the same as rates, by the docker client and a real engine.
clients() {
    local round direct through
    for ((round = 0; round < ${RUNS:-9} / 3 + 1; round++)); do
        direct=$(seconds "$1" "$DOCKER_HOST")
        through=$(seconds "$1" "unix://$scratch/proxy.sock")
        awk -v bytes="$bytes" -v direct="$direct" -v through="$through" \
            'BEGIN { print bytes / direct / 1e9, bytes / through / 1e9 }'
    done
}

say "streaming $bytes bytes at a time"
printf '\n| GB/s, median of %s runs in turns, %s bytes each | direct | through the proxy | ratio |\n|---|--:|--:|--:|\n' \
    "${RUNS:-9}" "$bytes"
rates download | row 'from an engine that only sends'
rates upload | row 'to an engine that only takes'
clients save | row '`docker save`'
clients copy_out | row '`docker cp CONTAINER:FILE -`'
clients copy_in | row '`docker cp FILE CONTAINER:`'

printf '\n%s, %s cores, Linux %s, Docker Engine %s, client %s\n' \
    "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(uname -r)" \
    "$(docker version --format '{{.Server.Version}}')" "$(docker version --format '{{.Client.Version}}')"
