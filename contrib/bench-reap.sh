# The part `reap` of contrib/bench: sourced by it.
# shellcheck shell=bash disable=SC2154  # lib.sh makes root and scratch.
# shellcheck disable=SC2016  # The backquotes are Markdown's.

count=${CONTAINERS:-200}
planned=${PLANNED:-10000}
((EUID == 0)) || die "needs root, for the private engine"
need_packages "${engine_packages[@]}" libinotifytools0-dev busybox-static hyperfine jq
make_scratch
use_stoker
# As STOKER_BIN: names another ReapPlanner, which then is not built.
planner=${STOKER_PLANNER_BIN-}
if [[ -z $planner ]]; then
    build_release ReapPlanner >&2
    planner=$root/.build/release/ReapPlanner
fi
unset "${!DOCKER_@}"
export DOCKER_CONFIG=$scratch/docker
start_engine "$scratch/engine"
export DOCKER_HOST=unix://$scratch/engine/docker.sock

mkdir "$scratch/bin-of-image"
cp "$(command -v busybox)" "$scratch/bin-of-image/busybox"
tar --create --directory "$scratch/bin-of-image" busybox | docker import - stoker-bench-reap >"$scratch/image"

milliseconds() { echo $((${EPOCHREALTIME/./} / 1000)); }
# engine METHOD PATH [CURL'S FLAGS…]: one connection, a request for each number in the path.
engine() {
    local method=$1 path=$2
    shift 2
    curl --silent --show-error --fail --unix-socket "$scratch/engine/docker.sock" --request "$method" \
        --output "$scratch/answer" "$@" "http://engine$path"
}

# leak FIRST LAST: creates them, under names that the default pattern knows and that are no dates.
leak() {
    engine POST "/containers/create?name=clud-bench-[$1-$2]f" --header 'Content-Type: application/json' --data \
        '{"Image": "stoker-bench-reap", "Cmd": ["/busybox", "sleep", "86400"], "HostConfig": {"NetworkMode": "none"}}'
}

# Seven digits each: so many that run, and as many that were only created.
last_running=$(printf '%07d' $((count - 1)))
last=$(printf '%07d' $((count * 2 - 1)))
leak_all() {
    say "making $count running and $count created containers"
    leak 0000000 "$last"
    engine POST "/containers/clud-bench-[0000000-$last_running]f/start"
    sync
}

by_stoker() { stoker reap --yes --older-than 0s; }
by_docker() { docker ps --all --quiet | xargs docker rm --force --volumes; }
one_by_one() { engine DELETE "/containers/clud-bench-[0000000-$last]f?force=1&v=1"; }

# time_removal NAME: appends the milliseconds that it takes to $scratch/NAME.times.
time_removal() {
    local start left
    leak_all
    start=$(milliseconds)
    "$1" >"$scratch/words" 2>&1 || die "$1 failed: $(tail -n 3 "$scratch/words")"
    echo "$(($(milliseconds) - start))" >>"$scratch/$1.times"
    left=$(docker ps --all --quiet | wc -l)
    ((left == 0)) || die "$1 left $left containers"
}

for ((round = 0; round < ${RUNS:-3}; round++)); do
    for way in by_stoker by_docker one_by_one; do time_removal "$way"; done
done

median() { sort --numeric-sort "$scratch/$1.times" | awk '{ values[NR] = $1 } END { print values[int((NR + 1) / 2)] }'; }
# row TITLE NAME
row() {
    printf '| %s | %s ms | %s ms | %s ms | %s |\n' "$1" "$(median "$2")" \
        "$(sort -n "$scratch/$2.times" | head -n 1)" "$(sort -n "$scratch/$2.times" | tail -n 1)" \
        "$(jq --null-input "$(median by_stoker) / $(median "$2") * 100 | round / 100")"
}
printf '\n| %s running and %s created containers removed | median | min | max | Stoker / it |\n' "$count" "$count"
printf '|---|--:|--:|--:|--:|\n'
row '`stoker reap`, its plan and second looks included' by_stoker
row '`docker ps -aq \| xargs docker rm -f -v`' by_docker
row 'one by one, over one connection' one_by_one

say "killing owners"
project=$scratch/project
mkdir "$project"
printf 'FROM scratch\nCOPY a /a\n' >"$project/Dockerfile"
echo a >"$project/a"
start_agent "$project"
# Of the machine's clock both, as the engine's events are told by it.
for ((round = 0; round < ${KILLS:-20}; round++)); do
    # shellcheck disable=SC2016 # The inner shell's.
    (cd "$project" && exec stoker run --no-warm -- sh -c \
        'docker run --detach --network none --name owned stoker-bench-reap /busybox sleep 600 && touch started
        exec sleep 600' >"$scratch/run.out" 2>&1) &
    owner=$!
    wait_for 60 test -e "$project/started" || die "the owned container does not start: $(cat "$scratch/run.out")"
    rm "$project/started"
    since=$(date +%s)
    killed=$(date +%s%N)
    kill -KILL "$owner"
    gone() { ! docker inspect owned >/dev/null 2>&1; }
    wait_for 60 gone || die "the container of a killed owner stays"
    ended=$(docker events --since "$since" --until "$(($(date +%s) + 1))" --filter event=destroy \
        --filter container=owned --format '{{.TimeNano}}' | tail -n 1)
    echo "$(((ended - killed) / 1000000))" >>"$scratch/killed.times"
    wait "$owner" 2>/dev/null || true
done
end_process "$(our_pid "$scratch/agent.pid" "$scratch/")" 20
printf '\n| from the kill of `stoker run` to the end of its container, %s times | median | max |\n|---|--:|--:|\n' \
    "$(wc -l <"$scratch/killed.times")"
printf '| with an agent | %s ms | %s ms |\n' "$(median killed)" "$(sort -n "$scratch/killed.times" | tail -n 1)"

say "planning for $planned containers"
leak 0000000 0000009
engine GET '/containers/json?all=true'
# As many rows as that, of which every other has a name to be reaped; all have other names and IDs, none is young.
jq --compact-output --argjson count "$planned" '
    def hex: [while(. > 0; . / 16 | floor) | . % 16 | "0123456789abcdef"[.:. + 1]] | reverse | add // "0";
    . as $rows | [range($count) | . as $i | (("0" * 64 + ($i + 1 | hex))[-64:]) as $id
        | $rows[$i % ($rows | length)] | .Id = $id | .Created = 1700000000
        | .Names = ["/" + (if $i % 2 == 0 then "clud-bench-\($id[-7:])f" else "app-web-\($i)" end)]]' \
    "$scratch/answer" >"$scratch/list.json"
engine DELETE '/containers/clud-bench-[0000000-0000009]f?force=1&v=1'
[[ $("$planner" "$scratch/list.json" 2026-01-01T00:00:00Z) == "$planned listed, $(((planned + 1) / 2)) to inspect" ]] ||
    die "the plan is not the one that was to be measured"
hyperfine --shell=none --warmup 2 --min-runs "${PLAN_RUNS:-20}" --export-json "$scratch/plans.json" --style basic \
    --command-name "a plan for $planned containers, start and decoding included" \
    "$planner $scratch/list.json 2026-01-01T00:00:00Z" \
    --command-name '`jq length` of the same answer' "jq length $scratch/list.json" >&2
jq --raw-output '.results[1].median as $unit
    | "\n| | median | min | max | × jq |\n|---|--:|--:|--:|--:|",
    (.results[] | "| \(.command) | \([.median, .min, .max] | map(. * 1000 | round | "\(.) ms") | join(" | ")) | " +
        "\(.median / $unit * 100 | round / 100) |")' "$scratch/plans.json"

printf '\n%s, %s cores, Linux %s, Docker Engine %s, client %s, Stoker %s; the answer is %s\n' \
    "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(uname -r)" \
    "$(docker version --format '{{.Server.Version}}')" "$(docker version --format '{{.Client.Version}}')" \
    "$(stoker --version)" "$(du --human-readable --apparent-size "$scratch/list.json" | cut -f 1)iB"
