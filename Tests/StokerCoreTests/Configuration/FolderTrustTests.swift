import Foundation
import Glibc
import SystemPackage
import Testing

@testable import StokerCore

/// What lies above the working folder, and is not the person's own.
@Suite struct FolderTrustTests {
    /// Somebody else, to whom root gives files; for whoever is not root it is oneself, and somebody else asks.
    private static let other: UInt32 = geteuid() == 0 ? 4711 : geteuid()
    private static let trust = FolderTrust(user: geteuid() == 0 ? 0 : 12_345, sudoUser: nil)
    private static let own = FolderTrust(user: geteuid(), sudoUser: nil)

    private func give(_ path: FilePath) { #expect(lchown(path.string, Self.other, getegid()) == 0) }

    private func below(_ fixture: ConfigurationFixture) throws -> FilePath {
        let below = fixture.root.appending("private/deep")
        try fixture.folder(below)
        return below
    }

    @Test(arguments: ["stoker.yaml", "Dockerfile", "dockerfile"])
    func anotherUsersFileAboveIsNoProject(name: String) throws {
        let fixture = try ConfigurationFixture()
        let below = try below(fixture)
        try fixture.write("", fixture.root.appending(name))
        give(fixture.root.appending(name))
        let other = UserDatabase.words(Self.other)
        if geteuid() == 0 {
            #expect(
                fixture.failure { try ProjectLocator.find(from: below, trust: Self.trust) }?
                    .replacing("FILE", with: "ROOT/stoker.yaml")
                    == "found no project of your own in ROOT/private/deep or a folder above it: ROOT/\(name) does not "
                    + "count, as it belongs to \(other); use `-C ROOT` if you trust whoever can write "
                    + "there, or create a Dockerfile or a stoker.yaml of your own")
        }
        give(fixture.root)
        #expect(
            fixture.failure { try ProjectLocator.find(from: below, trust: Self.trust) }?
                .contains("does not count, as ROOT belongs to \(other); use `-C ROOT`") == true)
        // Where the person stands, and what they name, they have chosen.
        #expect(try ProjectLocator.find(from: fixture.root, trust: Self.trust) == fixture.root)
        #expect(try ProjectLocator.explicit(fixture.root) == fixture.root)
    }

    @Test(arguments: [
        (0o755, true), (0o700, true), (0o1755, true), (0o777, false), (0o1777, false), (0o757, false),
        (0o702, false),
    ])
    func aFolderThatOthersCanWriteToIsNoProjectAbove(mode: mode_t, isProject: Bool) throws {
        let fixture = try ConfigurationFixture()
        let below = try below(fixture)
        try fixture.write("", fixture.root.appending("Dockerfile"))
        #expect(chmod(fixture.root.string, mode) == 0)
        if isProject {
            #expect(try ProjectLocator.find(from: below, trust: Self.own) == fixture.root)
        } else {
            #expect(
                fixture.failure { try ProjectLocator.find(from: below, trust: Self.own) }?
                    .contains("as others can write to ROOT, which belongs to") == true)
        }
        #expect(try ProjectLocator.find(from: fixture.root, trust: Self.own) == fixture.root)
    }

    @Test func theSearchGoesOnAboveWhatDoesNotCount() throws {
        let fixture = try ConfigurationFixture()
        let below = try below(fixture)
        try fixture.write("", fixture.root.appending("Dockerfile"))
        try fixture.write("", fixture.repository.appending("Dockerfile"))
        #expect(chmod(fixture.root.string, 0o1777) == 0)
        #expect(try ProjectLocator.find(from: below, trust: Self.own) == fixture.repository)
    }

    @Test func aGroupThatIsNotTheOwnersAloneIsOthers() throws {
        #expect(FolderTrust.isPrivateGroup(0, of: 0))
        // A group that does not exist, one that is not the owner's first, and an owner that does not exist.
        #expect(!FolderTrust.isPrivateGroup(4_000_000, of: 0))
        #expect(!FolderTrust.isPrivateGroup(1, of: 0))
        #expect(!FolderTrust.isPrivateGroup(0, of: 4_000_000))
        let fixture = try ConfigurationFixture()
        let below = try below(fixture)
        try fixture.write("", fixture.root.appending("Dockerfile"))
        #expect(chmod(fixture.root.string, 0o775) == 0)
        let isPrivate = FolderTrust.isPrivateGroup(getegid(), of: geteuid())
        let found = try? ProjectLocator.find(from: below, trust: Self.own)
        #expect(found == (isPrivate ? fixture.root : nil))
    }

    @Test func sudoCountsItsCallersFilesForRootAlone() {
        #expect(FolderTrust(user: 0, sudoUser: "1000").owners == [0, 1000])
        #expect(FolderTrust(user: 0, sudoUser: nil).owners == [0])
        #expect(FolderTrust(user: 7, sudoUser: "1000").owners == [0, 7])
        for text in ["", "x", "-1", "4294967296", "1000 "] {
            #expect(FolderTrust(user: 0, sudoUser: text).owners == [0], "\(text)")
        }
    }

    /// It would open the shared folder to a project's configuration.
    @Test func aRepositoryAboveThatIsNotThePersonsOwnIsNone() throws {
        let fixture = try ConfigurationFixture()
        var boundary = ProjectBoundary(root: fixture.root, allowed: [], home: nil, trust: Self.own)
        #expect(boundary.repository == fixture.repository)
        #expect(chmod(fixture.repository.string, 0o1777) == 0)
        #expect(boundary.repository == fixture.root)
        #expect(throws: ProjectBoundary.Refusal.self) { try boundary.admit(fixture.repository) }
        #expect(GitFolder(project: fixture.root, home: nil) == nil)
        #expect(chmod(fixture.repository.string, 0o755) == 0)
        give(fixture.repository.appending(".git"))
        boundary.trust = Self.trust
        #expect(boundary.repository == fixture.root)
        // The project's own is as it is.
        try fixture.folder(fixture.root.appending(".git"))
        give(fixture.root.appending(".git"))
        #expect(boundary.enclosingRepository == fixture.root)
    }
}
