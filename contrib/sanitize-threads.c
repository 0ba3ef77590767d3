// Part of contrib/sanitize-threads: tells the thread sanitizer what goes on inside Swift's Mutex. Who meets a free one
// goes a way that is compiled into our own code, which the sanitizer sees. Who has to wait goes through the library
// Synchronization, which it does not see: it would take all that the Mutex guards for unguarded.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

// Swift's own calling convention, in which the mutex comes as `self`.
#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

// Missing in programs that a test starts.
__attribute__((weak)) void __tsan_acquire(void *address);
__attribute__((weak)) void __tsan_release(void *address);

SWIFT void lock_slowly(uint32_t thread, SELF void *mutex) __asm__(LOCK);
SWIFT void unlock_slowly(SELF void *mutex) __asm__(UNLOCK);

static SWIFT void (*lock)(uint32_t, SELF void *);
static SWIFT void (*unlock)(SELF void *);

__attribute__((constructor)) static void find(void) {
    *(void **)&lock = dlsym(RTLD_NEXT, LOCK);
    *(void **)&unlock = dlsym(RTLD_NEXT, UNLOCK);
}

SWIFT void lock_slowly(uint32_t thread, SELF void *mutex) {
    lock(thread, mutex);
    if (__tsan_acquire) __tsan_acquire(mutex);
}

SWIFT void unlock_slowly(SELF void *mutex) {
    if (__tsan_release) __tsan_release(mutex);
    unlock(mutex);
}
