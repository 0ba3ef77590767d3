import Glibc

/// An open descriptor that closes itself, for the loops in which a `HeldFile` with its name would be too much.
struct Descriptor: ~Copyable {
    let number: Int32

    init(adopting number: Int32) { self.number = number }

    deinit { close(number) }
}
