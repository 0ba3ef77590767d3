import Glibc
@testable import StokerCore
import SystemPackage
import Testing

/// `sudo` in a user's home, which that user must be able to use afterwards.
@Suite(.enabled(if: geteuid() == 0, "root alone may use what is another user's"))
struct PersonalFoldersTests {
    let tree = ScratchTree()
    private static let user: uid_t = 65_534

    private func userFolder(_ name: String) -> FilePath {
        tree.folder(name)
        let path = tree.path(name)
        #expect(chown(path.string, Self.user, gid_t.max) == 0)
        return path
    }

    @Test func rootLeavesThoseOfAnotherUserAlone() throws {
        let home = userFolder("home")
        let run = userFolder("run")
        tree.folder("cache")
        let environment = [
            "HOME": home.string, "XDG_RUNTIME_DIR": run.string, "XDG_CACHE_HOME": tree.path("cache").string,
            "XDG_STATE_HOME": home.appending("not/yet/there").string, "TMPDIR": tree.root.string,
        ]
        let own = try UserSettings.home(environment: [:])
        #expect(own != home)
        let paths = try StokerPaths(environment: environment)
        #expect(paths.state == own.appending(".local/state/stoker"))
        #expect(paths.runtime == tree.path("stoker-0"))
        #expect(paths.cache == tree.path("cache/stoker"), "it is root's")
        #expect(
            try UserSettings.path(environment: environment) == own.appending(".config/stoker/config.yaml"),
            "which program is run must not be that user's to say")
        #expect(
            PersonalFolders.foreign(environment).map(\.name) == ["HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME"])
        #expect(PersonalFolders.foreign(environment).first?.owner == Self.user)
    }

    @Test func aLinkCountsAsWhatItLeadsTo() throws {
        let home = userFolder("home")
        tree.link("home-link", to: home.string)
        let environment = ["HOME": tree.path("home-link").string]
        #expect(PersonalFolders.foreign(environment).map(\.owner) == [Self.user])
        #expect(PersonalFolders.foreign(["HOME": "/nowhere/at/all"]).isEmpty)
    }

    @Test(arguments: [".docker_build.lock", "named.lock"])
    func aLockThatRootMakesInAUsersProjectIsTheUsers(name: String) throws {
        let path = userFolder("project").appending(name)
        let holder = LockHolder.current(command: "c", image: "i")
        let lock = try #require(try BuildLock.tryAcquire(path, holder: holder, isKept: true))
        #expect(try FileStatus.of(path.string)?.owner == UInt32(Self.user))
        lock.release()
        #expect(try FileStatus.of(path.string)?.owner == UInt32(Self.user))
    }
}
