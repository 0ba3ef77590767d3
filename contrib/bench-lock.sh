# The part `lock` of contrib/bench: sourced by it.
# shellcheck shell=bash disable=SC2154  # lib.sh makes root and scratch.
# shellcheck disable=SC2016  # The backquotes are Markdown's.

callers=${CALLERS:-64}
handovers=${HANDOVERS:-200}
((EUID == 0)) || die "needs root, for the private engine"
need_packages "${engine_packages[@]}" libinotifytools0-dev busybox-static python3 jq
make_scratch
use_stoker
# As STOKER_BIN: names another WarmCrowd, which then is not built.
crowd=${STOKER_CROWD_BIN-}
if [[ -z $crowd ]]; then
    build_release WarmCrowd >&2
    crowd=$root/.build/release/WarmCrowd
fi
"$(command -v cc || command -v clang)" -O2 -o "$scratch/holder" "$root/contrib/bench-lock.c"

milliseconds() { echo $((${EPOCHREALTIME/./} / 1000)); }
median() { sort --numeric-sort | awk '{ values[NR] = $1 } END { print values[int((NR + 1) / 2)] }'; }

say "handing locks over $handovers times each"
mkdir "$scratch/locks"
printf '\n| from the release to the next holder, %s times each | median | 95 %% | max | × C |\n|---|--:|--:|--:|--:|\n' \
    "$handovers"
python3 "$root/contrib/bench-lock.py" "$scratch/locks" "$handovers" \
    'two C programs asleep in `flock`' "$scratch/holder FILE" \
    'two of Stoker' "$crowd hold FILE" \
    'two C programs that ask each 100 ms' "$scratch/holder FILE 100" \
    'two C programs that ask each 500 ms' "$scratch/holder FILE 500"

unset "${!DOCKER_@}" "${!BUILDX_@}" "${!BUILDKIT_@}"
export DOCKER_CONFIG=$scratch/docker
start_engine "$scratch/engine"
export DOCKER_HOST=unix://$scratch/engine/docker.sock

project=$scratch/project
mkdir "$project"
cd "$project" || exit
cp "$(command -v busybox)" busybox
printf 'FROM scratch\nCOPY busybox /bin/busybox\nCOPY new /new\nRUN ["/bin/busybox", "sleep", "5"]\n' >Dockerfile
echo 'image: {tag: "stoker-bench-lock:latest", network: none, keep: 0}' >stoker.yaml

# at_once COUNT NAME [FLAG]: so many `stoker warm` of a project that is cold; appends the milliseconds until the last
# of them has ended to $scratch/NAME.times, and checks that they caused one build.
at_once() {
    local start number pids=() pid
    rm -f .docker_*
    date +%s%N >new
    sync
    start=$(milliseconds)
    for ((number = 0; number < $1; number++)); do
        stoker warm --json >"$scratch/answer-$number.json" 2>"$scratch/words-$number" &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid" || die "a warm failed: $(tail -n 3 "$scratch"/words-*)"; done
    echo "$(($(milliseconds) - start))" >>"$scratch/$2.times"
    jq --slurp --exit-status '(map(.imageID) | unique | length == 1) and (map(select(.outcome == "built")) | length == 1)' \
        "$scratch"/answer-*.json >"$scratch/checked" || die "not one build for all: $(cat "$scratch"/answer-*.json)"
    rm "$scratch"/answer-*.json
}

say "building with a step that sleeps 5 s, for one and for $callers at once"
for ((round = 0; round < ${RUNS:-3}; round++)); do
    at_once 1 single
    at_once "$callers" stampede
done
single=$(median <"$scratch/single.times")
stampede=$(median <"$scratch/stampede.times")
printf '\n| a cold `stoker warm`, with a step that sleeps 5 s | median | min | max |\n|---|--:|--:|--:|\n'
for name in single stampede; do
    printf '| %s | %s ms | %s ms | %s ms |\n' \
        "$([[ $name == single ]] && echo 'one alone' || echo "$callers at once, until the last has its image")" \
        "$(median <"$scratch/$name.times")" "$(sort -n "$scratch/$name.times" | head -n 1)" \
        "$(sort -n "$scratch/$name.times" | tail -n 1)"
done
printf '\nAll at once / one alone: %s.\n' "$(jq --null-input "$stampede / $single * 100 | round / 100")"

# throughput CALLERS FLAG…: how many hits a second.
throughput() {
    local count=$1 calls=${CALLS:-2000} start
    shift
    start=$(milliseconds)
    seq "$calls" | xargs -P "$count" -I{} stoker warm "$@" >"$scratch/hits" 2>&1 ||
        die "a hit failed: $(sort "$scratch/hits" | uniq -c | tail -n 5)"
    echo $((calls * 1000 / ($(milliseconds) - start)))
}

# hits TITLE FLAG…: a row, of runs in turns.
hits() {
    local title=$1 round
    shift
    rm -f "$scratch"/{alone,many}.rate
    for ((round = 0; round < ${RUNS:-3}; round++)); do
        throughput 1 "$@" >>"$scratch/alone.rate"
        throughput "$callers" "$@" >>"$scratch/many.rate"
    done
    jq --null-input --raw-output --arg title "$title" \
        --argjson alone "$(median <"$scratch/alone.rate")" --argjson many "$(median <"$scratch/many.rate")" \
        '"| \($title) | \($alone) | \($many) | \($many / $alone * 100 | round / 100) |"'
}

say "asking for an image that is there"
printf '\n| hits a second | one caller | %s callers | ratio |\n|---|--:|--:|--:|\n' "$callers"
hits '`stoker warm --no-agent`' --no-agent
start_agent "$project"
stoker warm >&2
hits '`stoker warm`, through the agent'

printf '\n%s, %s cores, Linux %s, Docker Engine %s, Stoker %s\n' \
    "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(uname -r)" \
    "$(docker version --format '{{.Server.Version}}')" "$(stoker --version)"
