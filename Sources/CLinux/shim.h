// System calls that Swift cannot make by itself: it imports no function with a variable number of arguments.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

// Has the calling process killed when the thread that started it ends; see PR_SET_PDEATHSIG(2const).
static inline int stoker_die_with_parent(void) { return prctl(PR_SET_PDEATHSIG, SIGKILL); }

// A descriptor that becomes readable when the process ends; see pidfd_open(2). Closed when a program is executed.
static inline int stoker_pidfd_open(pid_t pid) {
#ifdef SYS_pidfd_open
    return (int)syscall(SYS_pidfd_open, pid, 0);
#else
    return (int)syscall(434, pid, 0);
#endif
}
