// Calls that Swift cannot make by itself: it imports no function with a variable number of arguments, and of the C library
// nothing that is shown to those alone who ask for GNU's extensions.
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/xattr.h>
#include <unistd.h>

// Has the calling process killed when the thread that started it ends; see PR_SET_PDEATHSIG(2const).
static inline int stoker_die_with_parent(void) { return prctl(PR_SET_PDEATHSIG, SIGKILL); }

// Closes a descriptor and all above it in the program that is started. `actions` are a posix_spawn_file_actions_t, whose
// header would be this module's if it were included here, and no longer the C library's.
int stoker_spawn_close_from(void *actions, int first) __asm__("posix_spawn_file_actions_addclosefrom_np");

// POSIX_SPAWN_SETSID: the program that is started begins a session of its own.
static const short stoker_spawn_setsid = 0x80;

// What the calling thread, and with the main one the process, is called by ps(1); 15 bytes of it.
static inline void stoker_name_process(const char *name) { (void)prctl(PR_SET_NAME, name); }

// A descriptor that becomes readable when the process ends; see pidfd_open(2). Closed when a program is executed.
static inline int stoker_pidfd_open(pid_t pid) {
#ifdef SYS_pidfd_open
    return (int)syscall(SYS_pidfd_open, pid, 0);
#else
    return (int)syscall(434, pid, 0);
#endif
}

// Opens a path through no symbolic link at all, neither in its folders nor in its last component; see openat2(2). Kernels
// before 5.6 say ENOSYS, and some sandboxes EPERM.
static inline int stoker_open_without_links(const char *path, int flags, mode_t mode) {
    struct { uint64_t flags, mode, resolve; } how = {(uint64_t)(unsigned)flags, mode, 0x04 /* RESOLVE_NO_SYMLINKS */};
    return (int)syscall(437 /* openat2, on all architectures alike */, -100 /* AT_FDCWD */, path, &how, sizeof how);
}

// O_PATH: a descriptor that only says which file it is; see open(2).
static const int stoker_o_path = 0x200000;

// Signals the process that was opened, and never one that has got its number since; see pidfd_send_signal(2).
static inline int stoker_pidfd_send_signal(int descriptor, int number) {
#ifdef SYS_pidfd_send_signal
    return (int)syscall(SYS_pidfd_send_signal, descriptor, number, NULL, 0);
#else
    return (int)syscall(424, descriptor, number, NULL, 0);
#endif
}
