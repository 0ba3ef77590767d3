// Runs a program and kills it at its Nth system call that changes something: KillAtCall N LOG PROGRAM ARGUMENT…
//
// strace cannot do it: its `when=N` counts for each thread and each kind of call apart, so most moments of a program
// with several threads have no number. Here all calls of the program and of those that it starts are counted in the
// order in which they come, whoever makes them.
//
// Negative N: the programs that it has started are killed as well, at the same moment. They live on otherwise.
// LOG gets one line: `killed CALL NAME` or, when there were fewer calls than N, `counted CALLS`. The status is the
// program's own, and 128 and the number of the signal for one that a signal has ended.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum kind {
    always,
    // The first argument is a descriptor: counts for files and sockets, not for what wakes a thread.
    on_descriptor,
    // Counts when it may make or empty a file.
    opening,
};

static const struct call {
    long number;
    const char *name;
    enum kind kind;
    // Which argument has the path, the flags.
    int path, flags;
} calls[] = {
#define CALL(name, kind, path, flags) {SYS_##name, #name, kind, path, flags}
    CALL(openat, opening, 1, 2),
    CALL(renameat2, always, 3, -1),
    CALL(unlinkat, always, 1, -1),
    CALL(mkdirat, always, 1, -1),
    CALL(linkat, always, 3, -1),
    CALL(symlinkat, always, 2, -1),
    CALL(fchmodat, always, 1, -1),
    CALL(utimensat, always, 1, -1),
    CALL(truncate, always, 0, -1),
    CALL(execve, always, 0, -1),
    CALL(exit_group, always, -1, -1),
    CALL(connect, always, -1, -1),
    CALL(bind, always, -1, -1),
    CALL(write, on_descriptor, -1, -1),
    CALL(writev, on_descriptor, -1, -1),
    CALL(pwrite64, on_descriptor, -1, -1),
    CALL(sendto, on_descriptor, -1, -1),
    CALL(sendmsg, on_descriptor, -1, -1),
    CALL(sendfile, on_descriptor, -1, -1),
    CALL(fsync, on_descriptor, -1, -1),
    CALL(fdatasync, on_descriptor, -1, -1),
    CALL(flock, on_descriptor, -1, -1),
    CALL(ftruncate, on_descriptor, -1, -1),
    CALL(fallocate, on_descriptor, -1, -1),
    CALL(fchmod, on_descriptor, -1, -1),
    CALL(copy_file_range, always, -1, -1),
#ifdef SYS_renameat
    CALL(renameat, always, 3, -1),
#endif
#ifdef SYS_open
    // Machines with a longer history have the same under older names.
    CALL(open, opening, 0, 1),
    CALL(creat, always, 0, -1),
    CALL(rename, always, 1, -1),
    CALL(unlink, always, 0, -1),
    CALL(rmdir, always, 0, -1),
    CALL(mkdir, always, 0, -1),
    CALL(link, always, 1, -1),
    CALL(symlink, always, 1, -1),
    CALL(chmod, always, 0, -1),
#endif
};
enum { call_count = sizeof calls / sizeof calls[0] };

static void fail(const char *what) {
    fprintf(stderr, "KillAtCall: %s: %s\n", what, strerror(errno));
    _exit(70);
}

// Only these calls stop for the tracer; all others run at full speed.
static void install_filter(void) {
    struct sock_filter filter[2 * call_count + 2];
    int length = 0;
    filter[length++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (int index = 0; index < call_count; index++) {
        filter[length++] =
            (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[index].number, 0, 1);
        filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
    }
    filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {.len = (unsigned short)length, .filter = filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) fail("no_new_privs");
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) fail("seccomp");
}

static void read_text(pid_t thread, unsigned long address, char *text, size_t size) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/mem", thread);
    int memory = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t count = memory < 0 ? -1 : pread(memory, text, size - 1, (off_t)address);
    text[count < 0 ? 0 : count] = 0;
    if (memory >= 0) close(memory);
}

// Whether the call that the thread is about to make changes something, and on what it works.
static const struct call *change(pid_t thread, char *object, size_t size) {
    struct __ptrace_syscall_info info;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info) <= 0 || info.op != PTRACE_SYSCALL_INFO_SECCOMP)
        return NULL;
    const struct call *call = NULL;
    for (int index = 0; index < call_count; index++)
        if ((unsigned long)calls[index].number == info.seccomp.nr) call = &calls[index];
    if (!call) return NULL;
    object[0] = 0;
    if (call->path >= 0) read_text(thread, info.seccomp.args[call->path], object, size);
    if (call->kind == opening && !(info.seccomp.args[call->flags] & (O_CREAT | O_TRUNC))) return NULL;
    if (call->kind == on_descriptor) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/fd/%d", thread, (int)info.seccomp.args[0]);
        ssize_t count = readlink(path, object, size - 1);
        object[count < 0 ? 0 : count] = 0;
        if (object[0] != '/' && strncmp(object, "socket:", 7)) return NULL;
    }
    return call;
}

static int exit_status(int status) {
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void log_line(const char *path, const char *format, const char *word, const char *more, long number) {
    FILE *log = fopen(path, "we");
    if (!log) fail(path);
    fprintf(log, format, word, more, number);
    if (fclose(log)) fail(path);
}

// Follows the program and all that it starts until the last of them has ended. `answer` gets the program's status
// as soon as it has one.
static void trace(pid_t program, long wanted, const char *log, int answer) {
    int is_all = wanted < 0, is_over = 0;
    long count = 0;
    if (is_all) wanted = -wanted;
    while (1) {
        int status;
        pid_t thread = waitpid(-1, &status, __WALL);
        if (thread < 0 && errno == EINTR) continue;
        if (thread < 0) return;
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (thread != program || is_over) continue;
            is_over = 1;
            if (wanted == 0 || count < wanted) log_line(log, "counted %s%s%ld\n", "", "", count);
            unsigned char byte = (unsigned char)exit_status(status);
            if (write(answer, &byte, 1) != 1) fail("answer");
            close(answer);
            continue;
        }
        int event = status >> 16, number = WSTOPSIG(status);
        if (event == PTRACE_EVENT_STOP && number != SIGTRAP) {
            ptrace(PTRACE_LISTEN, thread, 0, 0);
            continue;
        }
        char object[256];
        const struct call *call =
            event == PTRACE_EVENT_SECCOMP && !is_over ? change(thread, object, sizeof object) : NULL;
        if (call && ++count == wanted) {
            log_line(log, "killed %s %s%.0ld\n", call->name, object, 0);
            // The kernel kills all that we trace when we are gone.
            if (is_all) _exit(137);
            kill(program, SIGKILL);
        }
        ptrace(PTRACE_CONT, thread, 0, event ? 0 : number);
    }
}

int main(int count, char **words) {
    if (count < 4) {
        fprintf(stderr, "usage: KillAtCall N LOG PROGRAM ARGUMENT…\n");
        return 64;
    }
    // The tracer is a process of its own, since it has to stay for as long as anything is traced: without it the
    // calls of what lives on would fail.
    int answer[2];
    if (pipe2(answer, O_CLOEXEC)) fail("pipe");
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)) fail("subreaper");
    pid_t tracer = fork();
    if (tracer < 0) fail("fork");
    if (tracer > 0) {
        close(answer[1]);
        unsigned char status;
        if (read(answer[0], &status, 1) == 1) return status;
        // The tracer has gone with all of them; they are ours now, and dying.
        while (wait(NULL) > 0 || errno == EINTR) {}
        return 137;
    }
    pid_t program = fork();
    if (program < 0) fail("fork");
    if (program == 0) {
        raise(SIGSTOP);
        install_filter();
        execvp(words[3], words + 3);
        fail(words[3]);
    }
    int status;
    if (waitpid(program, &status, WUNTRACED) != program || !WIFSTOPPED(status)) fail("the program did not start");
    long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK
        | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC;
    if (ptrace(PTRACE_SEIZE, program, 0, options)) {
        int error = errno;
        kill(program, SIGKILL);
        errno = error;
        fail("not permitted to trace");
    }
    kill(program, SIGCONT);
    trace(program, strtol(words[1], NULL, 10), words[2], answer[1]);
    return 0;
}
