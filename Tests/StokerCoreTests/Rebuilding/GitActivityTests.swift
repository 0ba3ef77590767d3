import Foundation
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import StokerCore

@Suite struct GitActivityTests {
    /// A project in a repository, each an own folder.
    private func prepared(_ git: (ConfigurationFixture) throws -> Void) throws -> (
        ConfigurationFixture, GitActivity?
    ) {
        let fixture = try ConfigurationFixture()
        try git(fixture)
        return (fixture, GitActivity(project: fixture.root, home: fixture.home))
    }

    private func replaceGit(_ fixture: ConfigurationFixture, _ make: (String) throws -> Void) throws {
        let entry = fixture.repository.appending(".git").string
        try FileManager.default.removeItem(atPath: entry)
        try make(entry)
    }

    @Test func theNearestRepositoryCounts() throws {
        let (fixture, activity) = try prepared { _ in }
        #expect(activity?.lock == fixture.repository.appending(".git/index.lock"))
        try fixture.folder(fixture.root.appending(".git"))
        let nearer = GitActivity(project: fixture.root, home: fixture.home)
        #expect(nearer?.lock == fixture.root.appending(".git/index.lock"))
    }

    @Test func dotfilesInGitAreNoRepositoryOfTheProjects() throws {
        let fixture = try ConfigurationFixture()
        try fixture.folder(fixture.home.appending(".git"))
        let project = fixture.home.appending("src/app")
        try fixture.folder(project)
        #expect(GitActivity(project: project, home: fixture.home) == nil)
        #expect(GitActivity(project: fixture.home, home: fixture.home) == nil)
        #expect(GitActivity(project: project, home: nil)?.lock == fixture.home.appending(".git/index.lock"))
    }

    @Test(arguments: ["\n", "", "\r\n", "\n\n"])
    func aFileLeadsToTheFolder(ending: String) throws {
        for relative in [true, false] {
            let (fixture, activity) = try prepared { fixture in
                let path = relative ? "../main/.git/worktrees/x" : "\(fixture.base)/main/.git/worktrees/x"
                try replaceGit(fixture) {
                    try Data("gitdir: \(path)\(ending)".utf8).write(to: URL(fileURLWithPath: $0))
                }
                try fixture.write("", fixture.base.appending("main/.git/worktrees/x/index.lock"))
            }
            #expect(activity?.remaining() != nil, "\(fixture.base)")
        }
    }

    /// What git itself makes.
    @Test func worktreesAndSubmodulesOfGitsOwnAreFound() throws {
        try #require(access("/usr/bin/git", X_OK) == 0, "needs git")
        let fixture = try ConfigurationFixture()
        let script = """
            export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
            cd '\(fixture.base)' && rm -r repo && git init -q repo && cd repo &&
            git -c user.name=n -c user.email=e commit -q --allow-empty -m m &&
            git worktree add -q ../tree && mkdir ../tree/app app
            """
        try #require(Command("sh", "-c", script).status == 0)
        let tree = try #require(
            GitActivity(project: fixture.base.appending("tree/app"), home: fixture.home))
        let main = try #require(GitActivity(project: fixture.root, home: fixture.home))
        #expect(tree.lock != main.lock)
        #expect(tree.remaining() == nil)
        try fixture.write("", fixture.repository.appending(".git/worktrees/tree/index.lock"))
        #expect(tree.remaining() != nil)
        #expect(main.remaining() == nil)
    }

    @Test(arguments: [
        "", "gitdir", "gitdir:", "gitdir: ", "gitdir: \n", "gitdir:/x", "/x", "GITDIR: /x", " gitdir: /x",
        "gitdir: /x\0y",
    ])
    func whateverElseIsInTheFileIsNone(text: String) {
        #expect(GitFolder.target(Array(text.utf8)) == nil)
    }

    @Test func aPathNeedNotBeText() {
        let bytes: [UInt8] = Array("/a b/".utf8) + [0xFF, 0x0A, 0x62]
        let path = GitFolder.target(Array("gitdir: ".utf8) + bytes + [0x0A])
        let read = path?.withPlatformString { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
        #expect(read == bytes)
    }

    @Test(.timeLimit(.minutes(10))) func nothingStrangeIsFollowed() throws {
        let strange: [(String, (String, ConfigurationFixture) throws -> Void)] = [
            ("FIFO", { path, _ in #expect(mkfifo(path, 0o600) == 0) }),
            (
                "huge file",
                { path, _ in
                    try Data("gitdir: /".utf8 + [UInt8](repeating: 0x61, count: 1 << 20)).write(
                        to: URL(fileURLWithPath: path))
                }
            ),
            ("dangling link", { path, _ in #expect(symlink("nowhere", path) == 0) }),
            (
                "link to a file",
                { path, fixture in
                    try fixture.write("gitdir: /", fixture.base.appending("file"))
                    #expect(symlink("../file", path) == 0)
                }
            ),
            ("link to itself", { path, _ in #expect(symlink(".git", path) == 0) }),
        ]
        for (name, make) in strange {
            let (_, activity) = try prepared { fixture in
                try replaceGit(fixture) { try make($0, fixture) }
            }
            #expect(activity == nil, "\(name)")
        }
        let (fixture, linked) = try prepared { fixture in
            try fixture.folder(fixture.base.appending("elsewhere"))
            try replaceGit(fixture) { #expect(symlink("../elsewhere", $0) == 0) }
        }
        #expect(linked?.lock == fixture.base.appending("elsewhere/index.lock"))
    }

    @Test func aLockCountsForHalfAMinute() throws {
        let (fixture, found) = try prepared { _ in }
        let activity = try #require(found)
        #expect(activity.remaining() == nil)
        try fixture.write("", activity.lock)
        let made = try #require(activity.lock.fileStatus).modified
        let second: Int64 = 1_000_000_000
        let rows: [(Int64, Duration?)] = [
            (made, .seconds(30)), (made + second, .seconds(29)), (made + 30 * second - 1, .nanoseconds(1)),
            (made + 30 * second, nil), (made + 31 * second, nil), (made - 1, nil), (.max, nil), (.min, nil),
            (0, nil),
        ]
        for (now, remaining) in rows { #expect(activity.remaining(now: now) == remaining, "\(now - made)") }
        _ = fixture
    }

    @Test func onlyAFileIsALock() throws {
        let (fixture, found) = try prepared { _ in }
        let activity = try #require(found)
        let path = activity.lock.string
        #expect(mkfifo(path, 0o600) == 0)
        #expect(activity.remaining() == nil)
        unlink(path)
        #expect(mkdir(path, 0o700) == 0)
        #expect(activity.remaining() == nil)
        rmdir(path)
        #expect(symlink(fixture.root.string, path) == 0)
        #expect(activity.remaining() == nil)
    }
}
