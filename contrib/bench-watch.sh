# The part `watch` of contrib/bench: sourced by it.
# shellcheck shell=bash disable=SC2154  # lib.sh makes scratch.
# shellcheck disable=SC2016  # The backquotes are Markdown's.

directories=${DIRECTORIES:-100000}
[[ $directories =~ ^[1-9][0-9]*$ ]] || die "DIRECTORIES has to be a number, found $directories"
limit=$(</proc/sys/fs/inotify/max_user_watches)
((limit >= directories + 2000)) ||
    die "needs more inotify watches than $limit: sysctl fs.inotify.max_user_watches=$((directories * 2))"
need_packages libinotifytools0-dev inotify-tools watchman python3 python3-venv curl jq
make_scratch
use_stoker
# No image is built here: there is no engine.
unset "${!DOCKER_@}"
export DOCKER_HOST=unix://$scratch/none.sock

say "installing watchfiles from PyPI below $scratch"
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install --quiet --disable-pip-version-check watchfiles

project=$scratch/project
say "making $directories directories of ${FILES:-5} files"
mkdir "$project"
python3 - "$project/src" "$directories" "${FILES:-5}" <<'PY'
import os, sys
root, directories, files = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
os.mkdir(root)
made, package = 1, 0
while made < directories:
    above = f"{root}/package-{package:03d}"
    os.mkdir(above)
    made, package = made + 1, package + 1
    for number in range(min(99, directories - made)):
        path = f"{above}/directory-{number:02d}"
        os.mkdir(path)
        made += 1
        for file in range(files):
            open(f"{path}/file-{file}.txt", "w").close()
PY
printf 'FROM scratch\nCOPY src /src\n' >"$project/Dockerfile"
echo 'image: {tag: "stoker-bench-watch:latest", network: none}' >"$project/stoker.yaml"
sync

milliseconds() { echo $((${EPOCHREALTIME/./} / 1000)); }
resident() { awk '/^VmRSS/ { printf "%.0f", $2 / 1024 }' "/proc/$1/status"; }

# Each prints how many milliseconds its set-up took, and how many MiB it then holds.
setup_inotifywait() {
    local start took line
    start=$(milliseconds)
    coproc waiting { exec inotifywait --monitor --recursive "$project/src" 2>&1; }
    while read -r line <&"${waiting[0]}" && [[ $line != *established* ]]; do :; done
    took=$(($(milliseconds) - start))
    echo "$took $(resident "$waiting_PID")"
    end_process "$waiting_PID" 20
    wait
}

setup_watchman() {
    local start took pid home
    home=$(mktemp -d "$scratch/watchman.XXXXXX")
    local call=(env HOME="$home" watchman --sockname="$home/socket" --statefile="$home/state"
        --logfile="$home/log" --pidfile="$home/pid")
    "${call[@]}" get-pid >/dev/null
    start=$(milliseconds)
    "${call[@]}" watch "$project/src" >/dev/null
    # Its clock answers when the first walk is done.
    "${call[@]}" clock "$project/src" >/dev/null
    took=$(($(milliseconds) - start))
    pid=$(<"$home/pid")
    echo "$took $(resident "$pid")"
    "${call[@]}" shutdown-server >/dev/null
    wait_for 30 not alive "$pid"
}

setup_stoker() {
    local start took line
    start=$(milliseconds)
    coproc waiting { exec stoker agent "$project" </dev/null 2>&1; }
    echo "$waiting_PID" >"$scratch/agent.pid"
    while read -r line <&"${waiting[0]}" && [[ $line != *'set up in'* ]]; do :; done
    took=$(($(milliseconds) - start))
    [[ $line =~ watching\ ([0-9]+)\ folders && ${BASH_REMATCH[1]} -ge $directories ]] ||
        die "the agent does not watch $directories folders: $line"
    echo "$took $(resident "$waiting_PID")"
    end_process "$waiting_PID" 20
    wait
}

all_watched() { grep --quiet 'set up in' "$scratch/agent.log"; }

median() { sort --numeric-sort | awk '{ values[NR] = $1 } END { print values[int((NR + 1) / 2)] }'; }

printf '\n| first watch of %s directories, %s files each | median | min | max | memory |\n|---|--:|--:|--:|--:|\n' \
    "$directories" "${FILES:-5}"
# In turns, so that what else the machine does meets all of them.
for ((round = 0; round < ${RUNS:-5}; round++)); do
    for tool in inotifywait watchman stoker; do "setup_$tool" >>"$scratch/$tool.setup"; done
done
for tool in inotifywait watchman stoker; do
    printf '| %s | %s ms | %s ms | %s ms | %s MiB |\n' \
        "$(case $tool in
            inotifywait) echo '`inotifywait -m -r`' ;;
            watchman) echo '`watchman watch`' ;;
            stoker) echo '`stoker agent`, its start included' ;;
        esac)" \
        "$(cut -d ' ' -f 1 "$scratch/$tool.setup" | median)" \
        "$(cut -d ' ' -f 1 "$scratch/$tool.setup" | sort --numeric-sort | head -n 1)" \
        "$(cut -d ' ' -f 1 "$scratch/$tool.setup" | sort --numeric-sort | tail -n 1)" \
        "$(cut -d ' ' -f 2 "$scratch/$tool.setup" | median)"
done

printf '\n| from a write until it is told | median | 95 %% | 99 %% | max |\n|---|--:|--:|--:|--:|\n'
measure() { "$scratch/venv/bin/python" "$root/contrib/bench-latency.py" "$@"; }
measure '`inotifywait -m -r`' "$project/src" 'Watches established' \
    inotifywait --monitor --recursive "$project/src"
measure "Python's watchfiles" "$project/src" 'watching' "$scratch/venv/bin/python" -u -c '
import sys, watchfiles
print("watching", flush=True)
for changes in watchfiles.watch(sys.argv[1], yield_on_timeout=False):
    print(" ".join(path for _, path in changes), flush=True)' "$project/src"
# With --verbose the agent logs the paths that it has heard of, and when it sets to work: after a quiet time of 50 ms.
WORK='sets to work' WRITES=${WRITES:-200} measure '`stoker agent`' "$project/src" - stoker agent --verbose "$project"

# What the agent does while nothing happens: the switches of all its threads, and its time on a processor.
(exec stoker agent "$project" </dev/null >"$scratch/agent.log" 2>&1) &
pid=$!
echo "$pid" >"$scratch/agent.pid"
wait_for 120 all_watched || die "the agent does not watch all"
switches() { awk '/ctxt_switches/ { sum[FILENAME] += $2 } END { for (task in sum) print task, sum[task] }' "/proc/$pid"/task/*/status; }
ticks() { awk '{ print $14 + $15 }' "/proc/$pid/stat"; }
sleep "${QUIET:-30}"
switches >"$scratch/switches"
ticks_before=$(ticks)
sleep 60
# Thread by thread, as those that end take their counts along.
switched=$(awk 'NR == FNR { before[$1] = $2; next } { sum += $2 - before[$1] } END { print sum + 0 }' \
    "$scratch/switches" <(switches))
printf '\nIdle for a minute: %s context switches, %s ms of processor time, %s MiB resident.\n' \
    "$switched" $((($(ticks) - ticks_before) * 1000 / $(getconf CLK_TCK))) "$(resident "$pid")"
printf '\n%s, %s cores, Linux %s, %s, watchman %s, Stoker %s\n' \
    "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(uname -r)" \
    "$(inotifywait --help | head -n 1)" "$(watchman --version)" "$(stoker --version)"
