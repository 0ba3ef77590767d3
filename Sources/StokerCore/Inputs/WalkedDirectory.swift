import Glibc
import Synchronization

/// One directory as a walk found it.
///
/// It is filled in by the one worker that lists it and read only when all have ended, which is why it may
/// be handed from thread to thread.
final class WalkedDirectory: @unchecked Sendable {
    /// Something in it that is no directory.
    struct Item {
        var status: FileStatus
        /// Where the name lies in `bytes`.
        let start: UInt32
        let count: UInt32
        /// Where the target lies in `bytes`, for symbolic links.
        var targetStart: UInt32 = 0
        var targetCount: UInt32 = 0
    }

    /// One thing to pass on the way through a whole tree in byte order.
    struct Step {
        enum Kind { case item, directory, subtree }

        let kind: Kind
        let start: UInt32
        let count: UInt32
        /// Among the items or the directories.
        let number: UInt32
    }

    let path: BytePath
    /// Of what was opened; of nothing until then.
    var status: FileStatus
    var attributes = ExtendedAttributes.none
    /// It is none of the entries itself: the root, or a folder on the way to a source.
    private(set) var isPassedOnly: Bool
    /// The ignore file leaves it out; it was entered for what may be brought back below it.
    let isExcluded: Bool
    private(set) var bytes: [UInt8] = []
    var items: [Item] = []
    /// Unmanaged: the tree holds them all side by side, since a chain as deep as a tree may be overflows the
    /// stack when its first link is let go.
    private var directories: [Unmanaged<WalkedDirectory>] = []
    private(set) var steps: [Step] = []
    private let parent: Unmanaged<WalkedDirectory>?
    private let isReached: Atomic<Bool>

    init(
        path: BytePath, status: FileStatus, isPassedOnly: Bool, isExcluded: Bool = false,
        parent: WalkedDirectory?
    ) {
        self.path = path
        self.status = status
        self.isPassedOnly = isPassedOnly
        self.isExcluded = isExcluded
        self.parent = parent.map(Unmanaged.passUnretained)
        isReached = Atomic(isPassedOnly)
    }

    /// Makes room for so many names, since small arrays that grow take twice what they hold.
    func reserve(_ listing: DirectoryStream.Listing) {
        let folders = listing.names.count { $0.type == DT_DIR }
        items.reserveCapacity(listing.names.count - folders)
        directories.reserveCapacity(folders)
        steps.reserveCapacity(listing.names.count + folders)
        bytes.reserveCapacity(listing.bytes.count)
    }

    /// Whether it is an entry: by itself, or since something below it is.
    var isListed: Bool { !isPassedOnly && isReached.load(ordering: .relaxed) }

    /// Makes entries of it and of the directories on the way to it.
    func list() {
        var current = self
        while !current.isReached.exchange(true, ordering: .relaxed) {
            guard let parent = current.parent else { return }
            current = parent.takeUnretainedValue()
        }
    }

    /// Makes an entry of it even where it is only on the way to a source.
    func count() {
        isPassedOnly = false
        list()
        parent?.takeUnretainedValue().list()
    }

    func directory(_ number: UInt32) -> WalkedDirectory {
        directories[Int(number)].takeUnretainedValue()
    }

    func add(_ directory: WalkedDirectory, name: UnsafeBufferPointer<UInt8>) {
        let (start, number) = (UInt32(bytes.count), UInt32(directories.count))
        bytes.append(contentsOf: name)
        directories.append(Unmanaged.passUnretained(directory))
        let count = UInt32(name.count)
        steps.append(Step(kind: .directory, start: start, count: count, number: number))
        steps.append(Step(kind: .subtree, start: start, count: count, number: number))
    }

    func add(name: UnsafeBufferPointer<UInt8>, status: FileStatus, target: [UInt8] = []) {
        var item = Item(status: status, start: UInt32(bytes.count), count: UInt32(name.count))
        steps.append(
            Step(kind: .item, start: item.start, count: item.count, number: UInt32(items.count)))
        bytes.append(contentsOf: name)
        if !target.isEmpty {
            item.targetStart = UInt32(bytes.count)
            item.targetCount = UInt32(target.count)
            bytes.append(contentsOf: target)
        }
        items.append(item)
    }

    /// Puts the steps into the byte order of whole paths: what is below `a` begins with `a/`, and so comes
    /// after `a-b` and before `a0`, all of it together.
    func sort() {
        bytes.withUnsafeBufferPointer { bytes in
            func name(_ step: Step) -> UnsafeBufferPointer<UInt8> {
                UnsafeBufferPointer(rebasing: bytes[Int(step.start)..<Int(step.start + step.count)])
            }
            steps.sort { left, right in
                let (leftName, rightName) = (name(left), name(right))
                let shared = min(leftName.count, rightName.count)
                let order = UnsafeBufferPointer(rebasing: leftName[..<shared])
                    .compareBytewise(UnsafeBufferPointer(rebasing: rightName[..<shared]))
                if order != 0 { return order < 0 }
                return WalkedDirectory.next(left, leftName, shared)
                    < WalkedDirectory.next(right, rightName, shared)
            }
        }
    }

    /// The byte after the shared ones, or -1 at the end.
    private static func next(_ step: Step, _ name: UnsafeBufferPointer<UInt8>, _ shared: Int) -> Int {
        if shared < name.count { return Int(name[shared]) }
        return step.kind == .subtree ? Int(BytePath.slash) : -1
    }
}
