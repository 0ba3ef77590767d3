import Foundation
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import StokerCore

@Suite struct ResolvedPathTests {
    /// By the kernel's own call, and as on kernels without it.
    enum Way: CaseIterable {
        case kernel, components

        func open(_ path: FilePath, _ flags: Int32 = O_RDONLY) -> Errno? {
            let descriptor: Int32
            switch self {
            case .kernel:
                do { descriptor = try ResolvedPath.open(path, flags) } catch { return error.errno }
            case .components:
                let all = flags | O_CLOEXEC | O_NONBLOCK
                descriptor = ResolvedPath.openByComponents(path, all, mode: 0o600)
                if descriptor < 0 { return Errno(rawValue: errno) }
            }
            close(descriptor)
            return nil
        }
    }

    @Test(arguments: Way.allCases) func noLinkIsFollowedWhereverItIs(way: Way) throws {
        let tree = ScratchTree()
        for folder in ["real", "real/below"] { tree.folder(folder) }
        tree.write("real/below/file", "x")
        tree.link("link", to: "real")
        tree.link("real/other", to: "below")
        tree.link("real/below/name", to: "file")
        tree.write("real/fi\u{e9}le", "x")
        #expect(way.open("/", O_RDONLY | O_DIRECTORY) == nil)
        #expect(way.open(tree.path("real"), O_RDONLY | O_DIRECTORY) == nil)
        #expect(way.open(tree.path("real/below/file")) == nil)
        #expect(way.open(tree.path("real/fi\u{e9}le")) == nil)
        #expect(way.open(tree.path("link"), O_RDONLY) == .tooManySymbolicLinkLevels)
        #expect(way.open(tree.path("link"), O_RDONLY | O_DIRECTORY) == .tooManySymbolicLinkLevels)
        #expect(way.open(tree.path("real/below/file"), O_RDONLY | O_DIRECTORY) == .notDirectory)
        for path in ["link/below/file", "real/other/file", "real/below/name"] {
            #expect(way.open(tree.path(path)) == .tooManySymbolicLinkLevels, "\(path)")
        }
        #expect(way.open(tree.path("link/new"), O_RDWR | O_CREAT) == .tooManySymbolicLinkLevels)
        #expect(way.open(tree.path("real/none/file")) == .noSuchFileOrDirectory)
        #expect(way.open(tree.path("real/below/file/x")) == .notDirectory)
        #expect(way.open(tree.path("real/new"), O_RDWR | O_CREAT | O_EXCL) == nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: tree.path("real").string).contains("new"))
    }

    @Test func onlyTheWantedFileIsRemovedAndNeverThroughALink() throws {
        let tree = ScratchTree()
        tree.folder("real")
        tree.write("real/lock", "x")
        tree.link("link", to: "real")
        let status = try #require(try FileStatus.of(tree.path("real/lock").string))
        ResolvedPath.remove(tree.path("link/lock")) { $0.isSameFile(as: status) }
        #expect(try FileStatus.of(tree.path("real/lock").string) != nil)
        ResolvedPath.remove(tree.path("real/lock")) { _ in false }
        #expect(try FileStatus.of(tree.path("real/lock").string) != nil)
        ResolvedPath.remove(tree.path("real/lock")) { $0.isSameFile(as: status) }
        #expect(try FileStatus.of(tree.path("real/lock").string) == nil)
        ResolvedPath.remove(tree.path("real/lock")) { _ in true }
    }
}
