import Glibc
import StokerCore
import SystemPackage
import Testing

@testable import StokerAgent

extension WatchingTests {
    @Test(arguments: InotifyBinding.allCases)
    func `events carry the names as bytes`(_ binding: InotifyBinding) async throws {
        let tree = TemporaryTree()
        let source = try await Self.open(binding)
        let handle = try DirectoryHandle(path: tree.path)
        let watch = try source.adder.add(handle.descriptor, mask: .directory)
        #expect(try source.adder.add(handle.descriptor, mask: .directory) == watch)
        let names: [[UInt8]] = [Array("plain".utf8), [0xFF, 0xFE], Array("new\nline".utf8)]
        for name in names { tree.write(BytePath(bytes: name)) }
        let events = try source.drain(limit: 100)
        #expect(events.allSatisfy { $0.watch == watch })
        #expect(events.filter { $0.mask.contains(.create) }.map(\.name) == names)
        #expect(try source.drain(limit: 100).isEmpty)
    }

    @Test(arguments: InotifyBinding.allCases)
    func `the end of a watch comes after everything before it`(_ binding: InotifyBinding) async throws {
        let tree = TemporaryTree()
        let source = try await Self.open(binding)
        let handle = try DirectoryHandle(path: tree.path)
        let watch = try source.adder.add(handle.descriptor, mask: .directory)
        for number in 0..<500 { tree.makeDirectory(BytePath("\(number)")) }
        try source.remove(watch)
        tree.makeDirectory("unseen")
        var events: [InotifyEvent] = []
        while case let some = try source.drain(limit: 64), !some.isEmpty { events += some }
        #expect(events.count == 501)
        #expect(events.last == InotifyEvent(watch: watch, mask: .ignored))
        #expect(throws: Errno.invalidArgument) { try source.remove(watch) }
    }

    @Test(arguments: InotifyBinding.allCases)
    func `the descriptor is not inherited and the limit is known`(_ binding: InotifyBinding) async throws {
        let source = try await Self.open(binding)
        #expect(fcntl(source.descriptor, F_GETFD) & FD_CLOEXEC != 0)
        #expect(source.descriptor < 1024)
        let limit = try ProcessFile.read("/proc/sys/fs/inotify/max_user_watches")
        #expect(source.watchLimit.map { Array("\($0)\n".utf8) } == limit)
    }

    #if InotifyTools
        @Test func `the library serves one owner, and the next one finds it empty`() async throws {
            let tree = TemporaryTree()
            let handle = try DirectoryHandle(path: tree.path)
            do {
                let first = try await Self.open(.library)
                #expect(throws: StokerError.self) { try LibraryInotify() }
                _ = try first.adder.add(handle.descriptor, mask: .directory)
                tree.makeDirectory("a")
                tree.makeDirectory("b")
                #expect(try first.drain(limit: 1).count == 1)
            }
            let second = try await Self.open(.library)
            tree.makeDirectory("c")
            #expect(try second.drain(limit: 10).isEmpty)
        }
    #endif

    @Test func `the mask's bits are the kernel's`() {
        #expect(InotifyMask.modify.rawValue == UInt32(IN_MODIFY))
        #expect(InotifyMask.attributes.rawValue == UInt32(IN_ATTRIB))
        #expect(InotifyMask.closeWrite.rawValue == UInt32(IN_CLOSE_WRITE))
        #expect(InotifyMask.movedFrom.rawValue == UInt32(IN_MOVED_FROM))
        #expect(InotifyMask.movedTo.rawValue == UInt32(IN_MOVED_TO))
        #expect(InotifyMask.create.rawValue == UInt32(IN_CREATE))
        #expect(InotifyMask.delete.rawValue == UInt32(IN_DELETE))
        #expect(InotifyMask.deleteSelf.rawValue == UInt32(IN_DELETE_SELF))
        #expect(InotifyMask.moveSelf.rawValue == UInt32(IN_MOVE_SELF))
        #expect(InotifyMask.unmount.rawValue == UInt32(IN_UNMOUNT))
        #expect(InotifyMask.queueOverflow.rawValue == UInt32(IN_Q_OVERFLOW))
        #expect(InotifyMask.ignored.rawValue == UInt32(IN_IGNORED))
        #expect(InotifyMask.onlyDirectory.rawValue == UInt32(IN_ONLYDIR))
        #expect(InotifyMask.excludeUnlinked.rawValue == UInt32(IN_EXCL_UNLINK))
        #expect(InotifyMask.isDirectory.rawValue == UInt32(IN_ISDIR))
    }
}
