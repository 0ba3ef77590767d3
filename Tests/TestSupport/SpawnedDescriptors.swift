import CLinux
import Glibc

/// The program that is started gets the standard streams alone.
///
/// In a file of its own: beside CLinux the types of the C library could not be public.
func closeAllButStandard(in actions: inout posix_spawn_file_actions_t) {
    stoker_spawn_close_from(&actions, STDERR_FILENO + 1)
}
