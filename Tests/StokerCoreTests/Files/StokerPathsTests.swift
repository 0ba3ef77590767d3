import Glibc
@testable import StokerCore
import SystemPackage
import Testing

@Suite struct StokerPathsTests {
    struct Row: Sendable {
        var environment: [String: String]
        var cache: FilePath
        var runtime: FilePath
    }

    static let own = "stoker-\(getuid())"

    @Test(arguments: [
        Row(environment: ["HOME": "/h"], cache: "/h/.cache/stoker", runtime: FilePath("/tmp/\(own)")),
        Row(
            environment: ["HOME": "/h", "XDG_CACHE_HOME": "/c", "XDG_RUNTIME_DIR": "/run/user/1"],
            cache: "/c/stoker", runtime: "/run/user/1/stoker"),
        Row(
            environment: ["HOME": "/h", "XDG_CACHE_HOME": "c", "XDG_RUNTIME_DIR": "run", "TMPDIR": "t"],
            cache: "/h/.cache/stoker", runtime: FilePath("/tmp/\(own)")),
        Row(
            environment: ["HOME": "/h/../g/", "XDG_CACHE_HOME": "", "XDG_RUNTIME_DIR": "", "TMPDIR": "/t/"],
            cache: "/g/.cache/stoker", runtime: FilePath("/t/\(own)")),
    ])
    func theEnvironmentSaysWhere(row: Row) throws {
        let paths = try StokerPaths(environment: row.environment)
        #expect(paths.cache == row.cache)
        #expect(paths.runtime == row.runtime)
        #expect(paths.agentSocket == row.runtime.appending("agent.sock"))
    }

    @Test func aSharedFolderThatCannotBeOurOwnIsNotUsed() throws {
        let tree = ScratchTree()
        let environment = ["HOME": "/h", "TMPDIR": tree.root.string]
        let shared = tree.path(Self.own)
        #expect(try StokerPaths(environment: environment).runtime == shared)
        tree.folder(Self.own)
        #expect(try StokerPaths(environment: environment).runtime == shared)
        #expect(rmdir(shared.string) == 0)
        for put in [{ tree.write(Self.own) }, { tree.link(Self.own, to: "/tmp") }] {
            put()
            #expect(try StokerPaths(environment: environment).runtime == "/h/.local/state/stoker/runtime")
            #expect(unlink(shared.string) == 0)
        }
    }
}

@Suite struct PrivateDirectoryTests {
    let tree = ScratchTree()

    @Test func itIsMadeForItsOwnerAlone() throws {
        try PrivateDirectory.create(tree.path("a/b/c"))
        #expect(tree.status("a/b/c").permissions == 0o700)
        #expect(tree.status("a/b").permissions & 0o700 == 0o700)
    }

    @Test func oneThatIsThereServes() throws {
        tree.folder("a", mode: 0o700)
        tree.write("a/file", "x")
        try PrivateDirectory.create(tree.path("a"))
        #expect(tree.status("a/file").kind == .file)
    }

    @Test func oneThatOthersMayReadIsClosed() throws {
        tree.folder("a", mode: 0o755)
        try PrivateDirectory.create(tree.path("a"))
        #expect(tree.status("a").permissions == 0o700)
    }

    @Test func whatIsNoFolderIsRefused() throws {
        tree.folder("real")
        tree.write("file")
        for target in ["real", "nowhere", "file"] {
            tree.link("link", to: target)
            let error = #expect(throws: StokerError.self) { try PrivateDirectory.create(tree.path("link")) }
            #expect(error?.code == .cannotWrite)
            unlink(tree.path("link").string)
        }
        #expect(tree.status("real").permissions == 0o755)
        #expect(throws: StokerError.self) { try PrivateDirectory.create(tree.path("file")) }
        #expect(throws: StokerError.self) { try PrivateDirectory.create(tree.path("file/below")) }
    }

    @Test(.enabled(if: geteuid() == 0, "only root may give folders away"))
    func oneOfAnotherUserIsRefused() throws {
        tree.folder("a", mode: 0o700)
        #expect(chown(tree.path("a").string, 65534, 65534) == 0)
        let error = #expect(throws: StokerError.self) { try PrivateDirectory.create(tree.path("a")) }
        #expect(error?.code == .cannotWrite)
        #expect(error?.message.contains("65534") == true)
    }
}
