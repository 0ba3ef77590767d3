// Part of contrib/bench: what a plain program does with a lock. Takes and drops it as its input says, and says when:
// bench-lock FILE asleep in flock, bench-lock FILE MILLISECONDS by asking again and again.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

static void say(struct timespec moment) {
    printf("%lld\n", moment.tv_sec * 1000000000LL + moment.tv_nsec);
    fflush(stdout);
}

int main(int count, char **words) {
    if (count < 2) return 64;
    long interval = count > 2 ? strtol(words[2], NULL, 10) : 0;
    struct timespec pause = {interval / 1000, interval % 1000 * 1000000}, moment;
    int file = open(words[1], O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    char word[16];
    if (file < 0) return 73;
    while (fgets(word, sizeof word, stdin)) {
        if (strcmp(word, "take\n") == 0) {
            while (flock(file, interval ? LOCK_EX | LOCK_NB : LOCK_EX)) nanosleep(&pause, NULL);
            clock_gettime(CLOCK_MONOTONIC, &moment);
        } else {
            clock_gettime(CLOCK_MONOTONIC, &moment);
            flock(file, LOCK_UN);
        }
        say(moment);
    }
    return 0;
}
